import { describe, expect, it } from "vitest";
import { blockIndexKey, loadBlockIndex } from "#blocks/block-index";
import type { Bucket, ObjectStore } from "#blocks/bucket";
import { readBucket } from "#blocks/read-bucket";
import { ConflictError, RetryableError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { at, blockObjects, bucketOf, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const SPECS = headBlocks(NOON, 3, { markedAt: NOON });
const OBJECTS = SPECS.flatMap(blockObjects);

/** A bucket in which `key` is gone from its `gets`-th read on; a listing tells it until `isListed` says otherwise. */
function losing(bucket: Bucket, key: string, isListed: (listing: number) => boolean): Bucket {
  let listings = 0;
  return {
    ...bucket,
    async *list(options) {
      listings += 1;
      const shown = isListed(listings);
      for await (const page of bucket.list(options)) yield page.filter((entry) => shown || !entry.key.startsWith(key));
    },
    get: async (name, maxBytes) => (name.startsWith(key) ? undefined : bucket.get(name, maxBytes)),
  };
}

describe("readBucket", () => {
  it("reads metas and marks of every block, whatever the size of a page", async () => {
    const { blocks, objects, requests } = await readBucket({ bucket: bucketOf(OBJECTS, 2) });

    expect(blocks.map(({ ulid, state }) => [ulid, state.kind])).toEqual(SPECS.map((spec) => [ulidOf(spec), "ok"]));
    expect(blocks.map(({ deletionMark }) => deletionMark?.time)).toEqual([NOON, NOON, NOON]);
    expect(objects).toBe(12);
    expect(requests).toEqual({ list: 6, get: 6 });
  });

  it("reads again only what has another etag than the index knows", async () => {
    const index = memoryObjectStore();
    const first = await readBucket({ bucket: bucketOf(OBJECTS), index });
    const again = await readBucket({ bucket: bucketOf(OBJECTS), index });
    const changed = OBJECTS.map((entry, at) => (at === 3 ? { ...entry, etag: "other" } : entry));
    const third = await readBucket({ bucket: bucketOf(changed), index });

    expect(again.requests.get).toBe(0);
    expect(again.blocks).toEqual(first.blocks);
    expect(third.requests.get).toBe(1);
  });

  it("writes the index only when something changed", async () => {
    const store = memoryObjectStore();
    let writes = 0;
    const index: ObjectStore = {
      read: store.read,
      write: (key, text, expected) => {
        writes += 1;
        return store.write(key, text, expected);
      },
    };
    const corrupt = object(`${ulidOf(SPECS[0] ?? { min: 0, max: 0 })}/meta.json`, "{", NOON);
    const bucket = bucketOf([...OBJECTS.filter(({ key }) => key !== corrupt.key), corrupt]);
    for (let audit = 0; audit < 3; audit += 1) await readBucket({ bucket, index });

    expect(writes).toBe(1);
  });

  it("trusts no index where the store has no etags", async () => {
    const index = memoryObjectStore();
    const bucket = bucketOf(OBJECTS.map((entry) => ({ ...entry, etag: "" })));
    await readBucket({ bucket, index });

    expect((await readBucket({ bucket, index })).requests.get).toBe(6);
  });

  it.each(["", "{", "[]", '{"schemaVersion":2}', '{"schemaVersion":1,"url":"s3://blocks","blocks":[{"ulid":7}]}'])(
    "rebuilds an index that reads %j",
    async (text) => {
      const index = memoryObjectStore();
      await index.write(blockIndexKey("s3://blocks"), text, null);
      const { requests } = await readBucket({ bucket: bucketOf(OBJECTS), index });

      expect(requests.get).toBe(6);
      expect((await loadBlockIndex(index, "s3://blocks")).blocks.size).toBe(3);
    },
  );

  it("takes it calmly when another audit wrote the index first", async () => {
    const index: ObjectStore = {
      read: async () => undefined,
      write: async () => Promise.reject(new ConflictError("lost", { remedy: "read again" })),
    };
    const { blocks } = await readBucket({ bucket: bucketOf(OBJECTS), index });

    expect(blocks).toHaveLength(3);
  });

  it("throws any other error of writing the index", async () => {
    const index: ObjectStore = {
      read: async () => undefined,
      write: async () => Promise.reject(new RetryableError("503", { remedy: "wait" })),
    };
    await expect(readBucket({ bucket: bucketOf(OBJECTS), index })).rejects.toThrow("503");
  });

  it("drops a block that was deleted between the listing and the reading", async () => {
    const ulid = ulidOf(SPECS[1] ?? { min: 0, max: 0 });
    const { blocks } = await readBucket({ bucket: losing(bucketOf(OBJECTS), ulid, (listing) => listing === 1) });

    expect(blocks.map((block) => block.ulid)).not.toContain(ulid);
    expect(blocks).toHaveLength(2);
  });

  it("drops a block of which meta.json is gone already, and judges it as no partial upload", async () => {
    const ulid = ulidOf(SPECS[1] ?? { min: 0, max: 0 });
    const bucket = losing(bucketOf(OBJECTS), `${ulid}/meta.json`, (listing) => listing === 1);

    expect((await readBucket({ bucket })).blocks).toHaveLength(2);
  });

  it("judges nothing when a listed meta.json can never be found", async () => {
    const bucket = losing(bucketOf(OBJECTS), `${ulidOf(SPECS[1] ?? { min: 0, max: 0 })}/meta.json`, () => true);
    await expect(readBucket({ bucket })).rejects.toThrow(/listed and cannot be found/);
  });

  it("does not read a meta.json of absurd size", async () => {
    const ulid = ulidOf(SPECS[0] ?? { min: 0, max: 0 });
    const huge = { ...object(`${ulid}/meta.json`, 0, NOON), size: 65 * 1024 * 1024 };
    const { blocks, requests } = await readBucket({ bucket: bucketOf([huge]) });

    expect(blocks[0]?.state.kind).toBe("corrupt");
    expect(requests.get).toBe(0);
  });

  it("tells how far it is", async () => {
    const phases: string[] = [];
    await readBucket({
      bucket: bucketOf(OBJECTS, 5),
      onProgress: ({ phase, done, total }) => phases.push(`${phase} ${done}/${total ?? "?"}`),
    });
    expect(phases).toEqual(["list 5/?", "list 10/?", "list 12/?", "read 3/3"]);
  });
});
