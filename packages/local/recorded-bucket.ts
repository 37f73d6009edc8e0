import { mkdir, open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import pMap from "p-map";
import * as v from "valibot";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";
import { pagesOf, tooLarge } from "#blocks/bucket/listing";
import { parseWith } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";
import { atPath, ifThere } from "#local/if-there";

const LINE = v.object({
  key: v.pipe(v.string(), v.regex(/^(?:(?!\.{1,2}\/)[^/]+\/)*[^/]+$/, "write a relative key")),
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
  lastModified: v.pipe(v.string(), v.isoTimestamp()),
  storageClass: v.string(),
  etag: v.string(),
  content: v.optional(v.string()),
});

/** One object of a recording; without `content` it counts as `size` zero bytes. */
export interface RecordedObject extends ObjectEntry {
  readonly content: Uint8Array | undefined;
}

/** The objects of `<directory>/objects.jsonl.gz` in key order (format: test/data/buckets/README.md). Throws TerminalError. */
export async function readRecording(directory: string): Promise<readonly RecordedObject[]> {
  const file = join(directory, "objects.jsonl.gz");
  try {
    const text = (await promisify(gunzip)(await readFile(file))).toString("utf8");
    return text.trimEnd().split("\n").map(recordedObject);
  } catch (cause) {
    throw new TerminalError(`cannot read the recorded bucket ${file}: ${describeError(cause)}`, {
      reason: "recording-unreadable",
      remedy: "Name a directory that holds a recorded objects.jsonl.gz.",
      cause,
    });
  }
}

function recordedObject(line: string, index: number): RecordedObject {
  const parsed = parseWith(LINE, JSON.parse(line));
  if (!parsed.ok)
    throw new Error(`line ${index + 1}: ${parsed.problems.map((p) => `${p.field}: ${p.remedy}`).join("; ")}`);
  const { key, size, lastModified, storageClass, etag, content } = parsed.value;
  return {
    key,
    size,
    lastModified: Date.parse(lastModified),
    storageClass,
    etag,
    content: content === undefined ? undefined : Buffer.from(content),
  };
}

/** A recording as a bucket in memory: recorded sizes, times and etags; zero bytes where no content was recorded. */
export function bucketOfRecording(
  objects: readonly RecordedObject[],
  { url, pageSize = 1000 }: { readonly url: string; readonly pageSize?: number },
): Bucket {
  const byKey = new Map(objects.map((object) => [object.key, object]));
  const entries = objects.map(({ content, ...entry }): ObjectEntry => entry);
  return {
    url,
    async *list(options = {}) {
      yield* pagesOf(entries, options, pageSize);
    },
    async get(key, maxBytes) {
      const object = byKey.get(key);
      if (object !== undefined && object.size > maxBytes) throw tooLarge(url, key, object.size, maxBytes);
      return object && (object.content ?? new Uint8Array(object.size));
    },
    async getRange(key, { start, length }) {
      const object = byKey.get(key);
      if (object?.content !== undefined) return object.content.subarray(start, start + length);
      return object && new Uint8Array(Math.min(length, Math.max(0, object.size - start)));
    },
  };
}

/**
 * Writes a recording as a directory of files with the recorded sizes and times; files without content are sparse. Files
 * that are there already with size and time are left alone, so it can be repeated; nothing is removed. Returns the
 * number of files written.
 */
export async function materialise(recording: string, target: string): Promise<number> {
  const objects = await readRecording(recording);
  for (const folder of new Set(objects.map(({ key }) => dirname(key)))) {
    await atPath(target, () => mkdir(join(target, folder), { recursive: true }));
  }
  const written = await pMap(objects, (object) => atPath(target, () => writeObject(object, join(target, object.key))), {
    concurrency: 16,
  });
  return written.filter(Boolean).length;
}

async function writeObject({ size, lastModified, content }: RecordedObject, file: string): Promise<boolean> {
  const there = await ifThere(file, () => stat(file));
  if (there?.size === size && there.mtimeMs === lastModified) return false;
  const handle = await open(file, "w");
  try {
    if (content === undefined) await handle.truncate(size);
    else await handle.writeFile(content);
    await handle.utimes(lastModified / 1000, lastModified / 1000);
  } finally {
    await handle.close();
  }
  return true;
}
