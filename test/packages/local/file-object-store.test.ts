import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fileObjectStore } from "#local/file-object-store";
import { defineObjectStoreContract, textIn } from "#test/contracts/object-store";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

const emptyRoot = () => mkdtemp(join(scratch, "store-"));

defineObjectStoreContract("a directory", async () => fileObjectStore(await emptyRoot()));

describe("fileObjectStore", () => {
  it("sees what another process has written", async () => {
    const root = await emptyRoot();
    const version = await fileObjectStore(root).write("a", "1", null);
    expect(await fileObjectStore(root).read("a")).toEqual({ bytes: Buffer.from("1"), version });
  });

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
