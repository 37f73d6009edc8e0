import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";
import { compareKeys } from "#blocks/bucket/listing";

/** Makes a bucket that holds these texts by key, last modified at `MODIFIED` or, on a real server, now. */
export type MakeBucket = (objects: Readonly<Record<string, string>>, pageSize?: number) => Promise<Bucket>;

/** The time of every object: whole seconds, since S3 tells no finer. */
export const MODIFIED = Date.parse("2026-11-20T13:00:00Z");

const OBJECTS = {
  "01A/chunks/000001": "chunk",
  "01A/index": "index of A",
  "01A/meta.json": "{}",
  "01A.json": "a dot sorts before a slash",
  "01A0/meta.json": "{}",
  "01A-x": "a dash sorts before both",
  "debug/metas/01A.json": "old",
};
const KEYS = [
  "01A-x",
  "01A.json",
  "01A/chunks/000001",
  "01A/index",
  "01A/meta.json",
  "01A0/meta.json",
  "debug/metas/01A.json",
];

// No segment is both a file's and a folder's name: a directory could not hold that.
const FOLDER = fc.constantFrom("a", "a-", "a.b", "A", "01", "é", "ￎ", "𐀀");
const KEY = fc
  .tuple(fc.array(FOLDER, { maxLength: 3 }), FOLDER)
  .map(([folders, file]) => [...folders, `${file}.f`].join("/"));

/** What every bucket does, whatever it lives on (the port: packages/blocks/bucket/bucket.ts). */
export function defineBucketContract(name: string, make: MakeBucket, modified: "MODIFIED" | "now" = "MODIFIED"): void {
  describe(`${name}, as a bucket`, () => {
    it.each([1, 2, 3, 7, 1000])("lists every object once in byte order with pages of %i", async (pageSize) => {
      const bucket = await make(OBJECTS, pageSize);
      const pages = await pagesOf(bucket);
      expect(pages.flat().map(({ key }) => key)).toEqual(KEYS);
      expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(pageSize);
    });

    it("tells size and time", async () => {
      const begin = Math.floor(Date.now() / 1000) * 1000;
      const [first] = (await pagesOf(await make(OBJECTS))).flat();
      const [earliest, latest] = modified === "now" ? [begin, Date.now()] : [MODIFIED, MODIFIED];
      expect(first).toMatchObject({ key: "01A-x", size: 24, storageClass: "STANDARD" });
      expect(first?.lastModified).toBeGreaterThanOrEqual(earliest);
      expect(first?.lastModified).toBeLessThanOrEqual(latest);
      expect(first?.etag).not.toContain('"');
    });

    it("tells the same etag for the same object", async () => {
      const bucket = await make(OBJECTS);
      expect(await pagesOf(bucket)).toEqual(await pagesOf(bucket));
    });

    it.each([undefined, 2])("continues after a key, there or not (page size %s)", async (pageSize) => {
      const bucket = await make(OBJECTS, pageSize);
      expect(await keysOf(bucket, { startAfter: "01A/index" })).toEqual(KEYS.slice(4));
      expect(await keysOf(bucket, { startAfter: "01A/inde" })).toEqual(KEYS.slice(3));
      expect(await keysOf(bucket, { startAfter: "01A" })).toEqual(KEYS);
      expect(await keysOf(bucket, { startAfter: "01A/" })).toEqual(KEYS.slice(2));
      expect(await keysOf(bucket, { startAfter: "zzz" })).toEqual([]);
    });

    it.each([undefined, 2])("lists a prefix and nothing beside it (page size %s)", async (pageSize) => {
      const bucket = await make(OBJECTS, pageSize);
      expect(await keysOf(bucket, { prefix: "01A/" })).toEqual(KEYS.slice(2, 5));
      expect(await keysOf(bucket, { prefix: "01A/ch" })).toEqual(["01A/chunks/000001"]);
      expect(await keysOf(bucket, { prefix: "01A" })).toEqual(KEYS.slice(0, 6));
      expect(await keysOf(bucket, { prefix: "01A/", startAfter: "01A/index" })).toEqual(["01A/meta.json"]);
      expect(await keysOf(bucket, { prefix: "02" })).toEqual([]);
    });

    it("lists nothing in an empty bucket", async () => {
      expect(await keysOf(await make({}))).toEqual([]);
    });

    it("reads a whole object", async () => {
      const bytes = await (await make(OBJECTS)).get("01A/index", 10);
      expect(new TextDecoder().decode(bytes)).toBe("index of A");
    });

    it("reads an empty object", async () => {
      expect((await (await make({ empty: "" })).get("empty", 0))?.byteLength).toBe(0);
    });

    it.each(["01A", "01A/", "01B/meta.json", "01A/index/x", "../01A", "01A/../01A/index", ""])(
      "has nothing at %j",
      async (key) => {
        expect(await (await make(OBJECTS)).get(key, 100)).toBeUndefined();
      },
    );

    it("refuses an object above the limit", async () => {
      const bucket = await make(OBJECTS);
      await expect(bucket.get("01A/index", 9)).rejects.toMatchObject({
        name: "TerminalError",
        reason: "object-too-large",
        field: "01A/index",
        value: 10,
      });
    });

    it.each([
      { range: { start: 0, length: 5 }, text: "index" },
      { range: { start: 6, length: 2 }, text: "of" },
      { range: { start: 9, length: 1 }, text: "A" },
      { range: { start: 9, length: 100 }, text: "A" },
      { range: { start: 10, length: 1 }, text: "" },
      { range: { start: 1000, length: 10 }, text: "" },
    ])("reads the part $range of an object as $text", async ({ range, text }) => {
      const bytes = await (await make(OBJECTS)).getRange("01A/index", range);
      expect(new TextDecoder().decode(bytes)).toBe(text);
    });

    it.each(["01A", "01B/meta.json", "../01A", ""])("has no part of anything at %j", async (key) => {
      expect(await (await make(OBJECTS)).getRange(key, { start: 0, length: 1 })).toBeUndefined();
    });

    it("has no multipart upload that nobody began", async () => {
      expect((await (await make(OBJECTS)).incompleteUploads?.(10)) ?? []).toEqual([]);
    });

    it("lists any keys in byte order and resumes at each of them", async () => {
      const keySets = fc.uniqueArray(KEY, { minLength: 1, maxLength: 12 });
      const check = async (keys: readonly string[]) => {
        const bucket = await make(Object.fromEntries(keys.map((key) => [key, key])), 2);
        const sorted = keys.toSorted(compareKeys);
        expect(await keysOf(bucket)).toEqual(sorted);
        for (const [index, startAfter] of sorted.entries()) {
          expect(await keysOf(bucket, { startAfter })).toEqual(sorted.slice(index + 1));
        }
      };
      await fc.assert(fc.asyncProperty(keySets, check), { numRuns: 15, seed: 1 });
    });
  });
}

async function pagesOf(
  bucket: Bucket,
  options?: Parameters<Bucket["list"]>[0],
): Promise<readonly (readonly ObjectEntry[])[]> {
  return Array.fromAsync(bucket.list(options));
}

/** The keys of a listing. */
export async function keysOf(bucket: Bucket, options?: Parameters<Bucket["list"]>[0]): Promise<readonly string[]> {
  return (await pagesOf(bucket, options)).flat().map(({ key }) => key);
}
