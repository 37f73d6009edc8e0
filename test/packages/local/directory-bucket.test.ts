import { mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directoryBucket } from "#local/directory-bucket";
import { defineBucketContract, keysOf, MODIFIED } from "#test/contracts/bucket";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

async function directoryWith(objects: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(scratch, "bucket-"));
  for (const [key, text] of Object.entries(objects)) {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), text);
    await utimes(join(root, key), MODIFIED / 1000, MODIFIED / 1000);
  }
  return root;
}

defineBucketContract("a directory", async (objects, pageSize) =>
  directoryBucket(await directoryWith(objects), pageSize === undefined ? {} : { pageSize }),
);

describe("directoryBucket", () => {
  it("lists no symbolic links and reads nothing through them", async () => {
    const outside = await directoryWith({ secret: "no" });
    const root = await directoryWith({ "a/file": "yes" });
    await symlink(join(outside, "secret"), join(root, "a/link"));
    await symlink(outside, join(root, "b"));
    const bucket = directoryBucket(root);
    expect(await keysOf(bucket)).toEqual(["a/file"]);
    expect(await bucket.get("a/link", 100)).toBeUndefined();
    expect(await bucket.get("b/secret", 100)).toBeUndefined();
  });

  it("is itself allowed to be a symbolic link", async () => {
    const root = await directoryWith({ "a/file": "yes" });
    await symlink(root, `${root}-link`);
    const bucket = directoryBucket(`${root}-link`);
    expect(await keysOf(bucket)).toEqual(["a/file"]);
    expect(await bucket.get("a/file", 100)).toHaveLength(3);
  });

  it("leaves out files and folders that vanish while it lists", async () => {
    const root = await directoryWith({ "a/1": "", "b/1": "", "b/2": "", "c/1": "" });
    const keys: string[] = [];
    for await (const page of directoryBucket(root, { pageSize: 1 }).list()) {
      keys.push(...page.map(({ key }) => key));
      if (keys.length > 1) continue;
      await unlink(join(root, "b/2"));
      await rm(join(root, "c"), { recursive: true });
    }
    expect(keys).toEqual(["a/1", "b/1"]);
  });

  it("lists a folder of more files than it looks at together in order", async () => {
    const names = Array.from({ length: 150 }, (_, index) => `a/${String(index).padStart(3, "0")}`);
    const root = await directoryWith(Object.fromEntries([...names, "b"].map((name) => [name, ""])));
    const keys: string[] = [];
    for await (const page of directoryBucket(root).list()) keys.push(...page.map(({ key }) => key));
    expect(keys).toEqual([...names, "b"]);
  });

  it.each(["removed", "replaced"])("throws when the directory itself is %s while it lists", async (how) => {
    const root = await directoryWith({ "a/1": "", "b/1": "" });
    const listing = directoryBucket(root, { pageSize: 1 }).list()[Symbol.asyncIterator]();
    await listing.next();
    await rename(root, `${root}-moved`);
    if (how === "replaced") await mkdir(root);
    await expect(listing.next()).rejects.toThrow(how === "replaced" ? /was replaced/ : /does not exist/);
  });

  it.each(["missing", "a-file"])("says what is wrong with a bucket that is no directory (%s)", async (name) => {
    const root = await directoryWith({ "a-file": "" });
    await expect(keysOf(directoryBucket(join(root, name)))).rejects.toMatchObject({
      name: "TerminalError",
      reason: "directory-missing",
      value: join(root, name),
    });
  });

  it("tells another etag after a change of the same size", async () => {
    const root = await directoryWith({ a: "1" });
    const etagOf = async () => (await Array.fromAsync(directoryBucket(root).list())).flat()[0]?.etag;
    const before = await etagOf();
    await utimes(join(root, "a"), 1, 1);
    expect(await etagOf()).not.toBe(before);
  });
});
