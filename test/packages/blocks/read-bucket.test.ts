import { describe, expect, it } from "vitest";
import type { Bucket } from "#blocks/bucket/bucket";
import { readBucket } from "#blocks/read-bucket";
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

/** A bucket, and promises of what is done to it. */
function watched(bucket: Bucket) {
  const [listed, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    isListed: listed.promise,
    aMetaIsRead: read.promise,
    bucket: {
      ...bucket,
      async *list(options) {
        yield* bucket.list(options);
        listed.resolve();
      },
      get: (key, maxBytes) => {
        read.resolve();
        return bucket.get(key, maxBytes);
      },
    } satisfies Bucket,
  };
}

/** Its pages, all but the first after `later`. */
async function* pagesAfter(bucket: Bucket, later: Promise<void>): ReturnType<Bucket["list"]> {
  for await (const page of bucket.list()) {
    yield page;
    await later;
  }
}

describe("readBucket", () => {
  it("reads metas and marks of every block, whatever the size of a page", async () => {
    const { blocks, objects, requests } = await readBucket({ bucket: bucketOf(OBJECTS, 2) });

    expect(blocks.map(({ ulid, state }) => [ulid, state.kind])).toEqual(SPECS.map((spec) => [ulidOf(spec), "ok"]));
    expect(blocks.map(({ deletionMark }) => deletionMark?.time)).toEqual([NOON, NOON, NOON]);
    expect(objects).toBe(12);
    expect(requests).toEqual({ list: 6, get: 6 });
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

  it("reads what is listed while the listing goes on", async () => {
    const { bucket, aMetaIsRead } = watched(bucketOf(OBJECTS, 8));
    const { blocks } = await readBucket({ bucket: { ...bucket, list: () => pagesAfter(bucket, aMetaIsRead) } });

    expect(blocks).toHaveLength(3);
  });

  it("lists on while nothing can be read", async () => {
    const many = bucketOf(headBlocks(NOON, 200).flatMap(blockObjects), 10);
    const { bucket, isListed } = watched(many);
    const get: Bucket["get"] = async (key, maxBytes) => {
      await isListed;
      return many.get(key, maxBytes);
    };

    expect((await readBucket({ bucket: { ...bucket, get } })).blocks).toHaveLength(200);
  });

  it.each([1, 2])("judges nothing when page %d fails, though it has begun to read", async (failing) => {
    const bucket = bucketOf(OBJECTS, 5);
    const list: Bucket["list"] = async function* (options) {
      let page = 0;
      for await (const entries of bucket.list(options)) {
        if (page === failing) throw new Error("503");
        page += 1;
        yield entries;
      }
    };

    await expect(readBucket({ bucket: { ...bucket, list } })).rejects.toThrow("503");
  });

  it("throws one of them where a read and the listing fail", async () => {
    const { bucket, aMetaIsRead } = watched(bucketOf(OBJECTS, 8));
    const list: Bucket["list"] = async function* (options) {
      for await (const entries of bucket.list(options)) {
        yield entries;
        await aMetaIsRead;
        throw new Error("503");
      }
    };
    const get: Bucket["get"] = async (key, maxBytes) => {
      await bucket.get(key, maxBytes);
      throw new Error("no right to read");
    };

    await expect(readBucket({ bucket: { ...bucket, list, get } })).rejects.toThrow(/no right to read|503/);
  });

  it("tells how far it is", async () => {
    const phases: string[] = [];
    await readBucket({
      bucket: bucketOf(OBJECTS, 5),
      onProgress: ({ phase, done, total }) => phases.push(`${phase} ${done}/${total ?? "?"}`),
    });
    expect(phases).toEqual(["list 4/?", "list 8/?", "list 12/?", "read 3/3"]);
  });
});
