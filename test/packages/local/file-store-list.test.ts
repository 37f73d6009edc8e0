import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConflictError, TerminalError } from "#fleet/errors";
import { fileStoreList } from "#local/file-store-list";
import type { StoreListState } from "#stores/store-list";
import { storeListContract } from "#test/contracts/store-list";

async function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "musterbook-stores-"));
}

const STATE: StoreListState = {
  schemaVersion: 1,
  entries: [],
  history: [],
  yaml: "endpoints: []\n",
  updatedAt: "2026-11-21T10:00:00.000Z",
};

storeListContract("fileStoreList", async () => fileStoreList(join(await emptyFolder(), "not", "yet", "there")));

describe("fileStoreList", () => {
  it("leaves the YAML and the truth in the folder, and nothing else", async () => {
    const folder = await emptyFolder();
    await fileStoreList(folder).write(STATE, null);
    expect((await readdir(folder)).toSorted()).toEqual(["endpoints.yaml", "store-list.json"]);
    expect(await readFile(join(folder, "endpoints.yaml"), "utf8")).toBe("endpoints: []\n");
  });

  it("refuses a write by another process since the read", async () => {
    const folder = await emptyFolder();
    const version = await fileStoreList(folder).write(STATE, null);
    await fileStoreList(folder).write({ ...STATE, yaml: "endpoints: [] # two\n" }, version);
    await expect(fileStoreList(folder).write(STATE, version)).rejects.toBeInstanceOf(ConflictError);
  });

  it("tells the YAML that is there, so that a publication mends what somebody edited or removed", async () => {
    const folder = await emptyFolder();
    const list = fileStoreList(folder);
    await list.write(STATE, null);
    await writeFile(join(folder, "endpoints.yaml"), "endpoints: [] # by hand\n");
    expect((await list.read())?.state.yaml).toBe("endpoints: [] # by hand\n");
    await rm(join(folder, "endpoints.yaml"));
    expect((await list.read())?.state.yaml).toBe("");
  });

  it("takes over the lock of a process that died", async () => {
    const folder = await emptyFolder();
    const lock = join(folder, "store-list.lock");
    await writeFile(lock, "");
    await utimes(lock, 0, 0);
    await expect(fileStoreList(folder).write(STATE, null)).resolves.toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(["{", "null", '{"schemaVersion":1}', '{"schemaVersion":99,"entries":[]}'])(
    "refuses to act on the unreadable truth %j",
    async (text) => {
      const folder = await emptyFolder();
      await writeFile(join(folder, "store-list.json"), text);
      const error = await fileStoreList(folder)
        .read()
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ reason: "store-list-unreadable", remedy: expect.stringContaining("backup") });
    },
  );
});
