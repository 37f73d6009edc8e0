import type { Dirent } from "node:fs";
import { lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bucket, ByteRange, ObjectEntry } from "#blocks/bucket/bucket";
import { compareKeys, type ListOptions, tooLarge } from "#blocks/bucket/listing";
import { RetryableError, TerminalError } from "#fleet/errors";
import { ifThere } from "#local/if-there";

const LOOKED_AT_TOGETHER = 64;

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
      for await (const entry of walk(root, await childrenOf(root, "", options), options)) {
        page.push(entry);
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
      if ((await checkRoot(path, root)) !== before) throw replaced(path);
    },
    get: (key, maxBytes) =>
      read(root, key, (size) => {
        if (size > maxBytes) throw tooLarge(path, key, size, maxBytes);
        return { start: 0, length: size };
      }),
    getRange: (key, range) =>
      read(root, key, (size) => ({ ...range, length: Math.min(range.length, Math.max(0, size - range.start)) })),
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

interface Child {
  /** Relative to the root; a folder's ends with a slash. */
  readonly key: string;
  readonly isFolder: boolean;
}

/** Objects below these children in byte order of their keys; the next few children are looked at together. */
async function* walk(root: string, children: readonly Child[], options: ListOptions): AsyncGenerator<ObjectEntry> {
  for (let from = 0; from < children.length; from += LOOKED_AT_TOGETHER) {
    const found = await Promise.all(
      children
        .slice(from, from + LOOKED_AT_TOGETHER)
        .map(async ({ key, isFolder }) =>
          isFolder ? { below: await childrenOf(root, key, options) } : entryOf(root, key),
        ),
    );
    for (const entry of found) {
      if (entry === undefined) continue;
      if ("below" in entry) yield* walk(root, entry.below, options);
      else yield entry;
    }
  }
}

/** In byte order of whole keys: a folder sorts with its slash. */
async function childrenOf(root: string, folder: string, options: ListOptions): Promise<readonly Child[]> {
  const path = join(root, folder);
  const children = (await ifThere(path, () => readdir(path, { withFileTypes: true }))) ?? [];
  return children
    .flatMap(childOf)
    .map(({ name, isFolder }) => ({ key: folder + name, isFolder }))
    .filter(({ key, isFolder }) => (isFolder ? mayHold(key, options) : isListed(key, options)))
    .sort((a, b) => compareKeys(a.key, b.key));
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

/** The bytes of a file that `rangeOf` its size names. */
async function read(root: string, key: string, rangeOf: (size: number) => ByteRange): Promise<Uint8Array | undefined> {
  const file = join(root, key);
  // Not what the listing would list: a link, or a key that climbs out of the directory.
  const real = await ifThere(file, async () => (await realpath(file)) === join(await realpath(root), key));
  if (!real || key.split("/").some((part) => part === "" || part === "." || part === "..")) return undefined;
  return ifThere(file, async () => {
    const handle = await open(file, "r");
    try {
      const found = await handle.stat();
      if (!found.isFile()) return undefined;
      const { start, length } = rangeOf(found.size);
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, start);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  });
}
