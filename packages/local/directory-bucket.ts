import type { Dirent } from "node:fs";
import { lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bucket, ObjectEntry } from "#blocks/bucket";
import { compareKeys, type ListOptions, tooLarge } from "#blocks/listing";
import { RetryableError, TerminalError } from "#fleet/errors";
import { ifThere } from "#local/if-there";

/**
 * A directory of blocks (Thanos's FILESYSTEM object store, a copy of a bucket) as a bucket. Keys are paths below it in
 * byte order of the whole key; symbolic links are no objects. A file that vanishes while listing is left out, as an
 * object deleted during a listing of S3 may be; anything else that cannot be read throws, with the path.
 */
export function directoryBucket(path: string, { pageSize = 1000 }: { readonly pageSize?: number } = {}): Bucket {
  const root = resolve(path);
  return {
    url: path,
    async *list(options = {}) {
      const before = await checkRoot(path, root);
      let page: ObjectEntry[] = [];
      for await (const key of walk(root, "", options)) {
        const entry = await entryOf(root, key);
        if (entry === undefined) continue;
        page.push(entry);
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
      if ((await checkRoot(path, root)) !== before) throw replaced(path);
    },
    get: (key, maxBytes) => read(path, root, key, maxBytes),
  };
}

/** Identifies the directory, so that an unmounted or replaced one is not taken for an empty rest. */
async function checkRoot(path: string, root: string): Promise<string> {
  const found = await ifThere(root, () => stat(root));
  if (found?.isDirectory()) return `${found.dev}:${found.ino}`;
  const what = found === undefined ? "does not exist" : "is not a directory";
  throw new TerminalError(`cannot list ${path}: it ${what}`, {
    reason: "directory-missing",
    field: "bucket",
    value: path,
    remedy: "Name a directory that holds block directories, or s3://bucket[/prefix].",
  });
}

function replaced(path: string): RetryableError {
  return new RetryableError(`cannot list ${path}: it was replaced by another directory while it was listed`, {
    reason: "directory-replaced",
    remedy: "Wait until the copy or the mount is complete, then run it again.",
  });
}

/** Keys below `folder` in byte order: children sort as they do inside whole keys, a folder with its slash. */
async function* walk(root: string, folder: string, options: ListOptions): AsyncGenerator<string> {
  const children =
    (await ifThere(join(root, folder), () => readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  for (const { name, isFolder } of children.flatMap(childOf).sort((a, b) => compareKeys(a.name, b.name))) {
    const key = folder + name;
    if (isFolder && mayHold(key, options)) yield* walk(root, key, options);
    if (!isFolder && isListed(key, options)) yield key;
  }
}

function childOf(child: Dirent): { readonly name: string; readonly isFolder: boolean }[] {
  if (child.isDirectory()) return [{ name: `${child.name}/`, isFolder: true }];
  return child.isFile() ? [{ name: child.name, isFolder: false }] : [];
}

function isListed(key: string, { startAfter, prefix = "" }: ListOptions): boolean {
  return key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0);
}

function mayHold(folder: string, { startAfter, prefix = "" }: ListOptions): boolean {
  const inPrefix = folder.startsWith(prefix) || prefix.startsWith(folder);
  return inPrefix && (startAfter === undefined || startAfter.startsWith(folder) || compareKeys(folder, startAfter) > 0);
}

async function entryOf(root: string, key: string): Promise<ObjectEntry | undefined> {
  const file = join(root, key);
  const found = await ifThere(file, () => lstat(file, { bigint: true }));
  if (!found?.isFile()) return undefined;
  return {
    key,
    size: Number(found.size),
    lastModified: Number(found.mtimeMs),
    etag: `${found.size.toString(16)}-${found.mtimeNs.toString(16)}`,
    storageClass: "STANDARD",
  };
}

async function read(path: string, root: string, key: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = join(root, key);
  // Not what the listing would list: a link, or a key that climbs out of the directory.
  const real = await ifThere(file, async () => (await realpath(file)) === join(await realpath(root), key));
  if (!real || key.split("/").some((part) => part === "" || part === "." || part === "..")) return undefined;
  return ifThere(file, async () => {
    const handle = await open(file, "r");
    try {
      const found = await handle.stat();
      if (!found.isFile()) return undefined;
      if (found.size > maxBytes) throw tooLarge(path, key, found.size, maxBytes);
      const bytes = new Uint8Array(found.size);
      const { bytesRead } = await handle.read(bytes, 0, found.size, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  });
}
