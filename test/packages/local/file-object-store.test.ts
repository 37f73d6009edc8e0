import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fileObjectStore } from "#local/file-object-store";
import { defineObjectStoreContract, textIn } from "#test/contracts/object-store";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

/** Adds one, so many times, to a number that other processes add to. */
const WRITER = `
  import { ConflictError } from "#fleet/errors";
  import { fileObjectStore } from "#local/file-object-store";
  const [root, turns] = process.argv.slice(1);
  const store = fileObjectStore(root);
  let lost = 0;
  for (let left = Number(turns); left > 0; ) {
    const found = await store.read("count");
    const next = Number(found === undefined ? 0 : Buffer.from(found.bytes)) + 1;
    try {
      await store.write("count", String(next), found?.version ?? null);
      left -= 1;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      lost += 1;
    }
  }
  process.stdout.write(String(lost));
`;

async function writer(root: string, turns: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", WRITER, root, String(turns)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return Number(said);
}

const emptyRoot = () => mkdtemp(join(scratch, "store-"));

defineObjectStoreContract("a directory", async () => fileObjectStore(await emptyRoot()));

describe("fileObjectStore", () => {
  it("sees what another process has written", async () => {
    const root = await emptyRoot();
    const version = await fileObjectStore(root).write("a", "1", null);
    expect(await fileObjectStore(root).read("a")).toEqual({ bytes: Buffer.from("1"), version });
  });

  it("loses no increment of racing processes, also over more versions than are kept", async () => {
    const root = await emptyRoot();
    const lost = await Promise.all(Array.from({ length: 4 }, () => writer(root, 60)));
    expect(await textIn(fileObjectStore(root), "count")).toBe("240");
    // They did race.
    expect(lost.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0);
  }, 120_000);

  it("does not mind what a crashed writer left", async () => {
    const root = await emptyRoot();
    const store = fileObjectStore(root);
    const version = await store.write("a", "1", null);
    await writeFile(join(root, "a/@new-crashed"), '{"half":');
    expect(await textIn(store, "a")).toBe("1");
    expect(await store.write("a", "2", version)).toBeTruthy();
  });

  it("does not grow with the number of writes", async () => {
    const root = await emptyRoot();
    const store = fileObjectStore(root);
    let version: string | null = null;
    for (let turn = 0; turn < 130; turn += 1) version = await store.write("a", `${turn}`, version);
    expect((await readdir(join(root, "a"))).length).toBeLessThanOrEqual(100);
    expect(await textIn(store, "a")).toBe("129");
  });

  it.each(["../a", "a/../b", "/a", "a//b", "", "@1", "a/.b"])("refuses the key %j", async (key) => {
    await expect(fileObjectStore(await emptyRoot()).read(key)).rejects.toMatchObject({ reason: "bad-object-key" });
  });
});
