import { describe, expect, it } from "vitest";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import { indexBlocks } from "#blocks/index/index-block";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { stretchKey } from "#blocks/index/root";
import { saved } from "#blocks/index/saved";
import type { SpreadSizes } from "#blocks/index/spread";
import { unfinished } from "#blocks/index/stretch";
import { type ListingKind, listBucket, listBucketStretch, readBucket, readIndex } from "#blocks/read-bucket";
import { RetryableError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { at, blockObjects, bucketOf, HOUR, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const URL = "s3://blocks";
const SPECS = headBlocks(NOON, 40);
const OBJECTS = SPECS.flatMap(blockObjects);
const JUNK = [
  object("0-first", 7, NOON),
  object("debug/metas/x.json", 3, NOON),
  object("thanos.shipper.json", 9, NOON),
];
const PAGE = 9;
const BUCKET = bucketOf([...OBJECTS, ...JUNK], PAGE);
const SPREAD: SpreadSizes = { least: 1, stretches: 4, recentHours: 24, oldParts: 5 };

const load = (index: ObjectStore) => loadIndex(indexPlace(index, URL));

/** Time is up at the `pages`-th question. */
function timeFor(pages: number): () => boolean {
  let left = pages;
  return () => {
    left -= 1;
    return left <= 0;
  };
}

/** The turn of the whole bucket. */
function turn(
  index: ObjectStore,
  bucket: Bucket,
  now: number,
  { spread = SPREAD, listing = "full" as ListingKind } = {},
) {
  return listBucket({ bucket, index, listing, now, spread, isTimeUp: timeFor(2) });
}

/** The turn of one stretch; time for one page or two. */
function stretch(index: ObjectStore, bucket: Bucket, startedAt: number, nth: number) {
  return listBucketStretch({ bucket, index, startedAt, nth, now: startedAt, isTimeUp: timeFor(2) });
}

/** Turns until a full listing has ended, stretches in this order, each as often as it is in it. */
async function loopOf(
  index: ObjectStore,
  bucket: Bucket,
  now: number,
  order: (places: readonly number[]) => readonly number[] = (places) => places,
): Promise<void> {
  for (let turns = 0; turns < 100; turns += 1) {
    const { end, index: after } = await turn(index, bucket, now);
    if (end === "full") return;
    const { progress } = after.root;
    if (progress === null) continue;
    const left = await unfinished(after.place, progress);
    for (const nth of order(left.map((one) => one.nth))) await stretch(index, bucket, progress.startedAt, nth);
  }
  throw new Error("the listing never ends");
}

async function expectWhole(index: ObjectStore, bucket: Bucket): Promise<void> {
  const { requests: _, index: __, ...found } = (await readIndex({ index, url: URL })) ?? {};
  const { requests: ___, index: ____, ...plain } = await readBucket({ bucket });
  expect({ ...found, parts: [] }).toEqual({ ...plain, parts: [] });
}

describe("a full listing that is spread over several invocations", () => {
  it.each([
    ["in order", (places: readonly number[]) => places],
    ["in the other order", (places: readonly number[]) => places.toReversed()],
    ["each twice", (places: readonly number[]) => places.flatMap((nth) => [nth, nth])],
    ["one at a time", (places: readonly number[]) => places.slice(-1)],
  ])("finds what one reading finds, the first time and later: %s", async (_, order) => {
    const index = memoryObjectStore();
    const half = bucketOf(OBJECTS.slice(30), PAGE);
    await loopOf(index, half, NOON, order);
    await expectWhole(index, half);
    await loopOf(index, BUCKET, NOON + 6 * HOUR, order);
    await expectWhole(index, BUCKET);

    // Each of ten blocks that no event told of.
    expect((await load(index)).root).toMatchObject({ progress: null, fullAt: NOON + 6 * HOUR, missed: 10 });
  });

  it("takes stretches at a time, and a second invocation of one leaves it to the first", async () => {
    const index = memoryObjectStore();
    const { index: after } = await turn(index, BUCKET, NOON);
    const places = [...(after.root.progress?.stretches?.keys() ?? [])];
    expect(places.length).toBeGreaterThan(2);
    const { progress } = after.root;
    while (progress !== null && (await unfinished(after.place, progress)).length > 0)
      await Promise.all([...places, ...places].map((nth) => stretch(index, BUCKET, NOON, nth)));
    expect((await turn(index, BUCKET, NOON)).end).toBe("full");
    await expectWhole(index, BUCKET);
  });

  it("tells nothing of the bucket before its end, and says so to whoever finds that all is done", async () => {
    const index = memoryObjectStore();
    const { end, index: after } = await turn(index, BUCKET, NOON);
    expect(end).toBe("spread");
    const ends: unknown[] = [];
    for (const nth of after.root.progress?.stretches?.keys() ?? []) {
      let reached = await stretch(index, BUCKET, NOON, nth);
      for (; reached.end === "stopped"; reached = await stretch(index, BUCKET, NOON, nth)) {
        expect(await readIndex({ index, url: URL })).toBeUndefined();
        expect((await turn(index, BUCKET, NOON)).end).toBe("spread");
      }
      ends.push(reached);
    }

    expect(ends.slice(0, -1)).toEqual(ends.slice(0, -1).map(() => expect.objectContaining({ areAllDone: false })));
    expect(ends.at(-1)).toMatchObject({ end: "done", areAllDone: true });
    expect(await stretch(index, BUCKET, NOON, 0)).toMatchObject({ end: "done", areAllDone: true });
    expect((await turn(index, BUCKET, NOON)).end).toBe("full");
    expect(await stretch(index, BUCKET, NOON, 0)).toMatchObject({ end: "over", requests: { list: 0, get: 0 } });
  });

  it("keeps what events and tails write meanwhile, in shards that stay where they are", async () => {
    const index = memoryObjectStore();
    const old = bucketOf(OBJECTS.slice(0, -9), PAGE);
    const { index: after } = await turn(index, old, NOON);
    const { progress, shards } = after.root;
    const places = [...(progress?.stretches?.keys() ?? [])];
    for (const nth of places) await stretch(index, old, NOON, nth);
    // The oldest is deleted, and three are new: an event tells of all of them.
    const young = bucketOf([...OBJECTS.slice(3), ...JUNK], PAGE);
    const keys = [SPECS[0], ...SPECS.slice(-3)].flatMap((spec) => (spec ? [`${ulidOf(spec)}/meta.json`] : []));
    await indexBlocks({ bucket: young, indexes: index, keys });
    expect((await load(index)).root.shards).toEqual(shards);
    while ((await turn(index, young, NOON)).end !== "full")
      for (const nth of places) await stretch(index, young, NOON, nth);

    expect(blocksOf(await load(index)).map(({ ulid }) => ulid)).toEqual(SPECS.slice(1).map(ulidOf));
  });

  it("leaves room for tails of a bucket that is known, which cut and join nothing", async () => {
    const index = await manyShards(bucketOf(OBJECTS.slice(0, 90), PAGE));
    const { index: after } = await turn(index, BUCKET, NOON + 6 * HOUR);
    const { end } = await turn(index, BUCKET, NOON + 7 * HOUR, { listing: "due" });
    const { root } = await load(index);

    expect(end).toBe("spread");
    expect(root).toMatchObject({ listedAt: NOON + 7 * HOUR, shards: after.root.shards });
    expect(root.progress).toEqual(after.root.progress);
    expect((await readIndex({ index, url: URL }))?.blocks).toHaveLength(40);
    await loopOf(index, BUCKET, NOON + 8 * HOUR);
    expect((await load(index)).root).toMatchObject({ fullAt: NOON + 6 * HOUR, missed: 10 });
    await expectWhole(index, BUCKET);
  });

  it("ends with the same index and the same counts, killed at any write", { timeout: 300_000 }, async () => {
    const known = () => manyShards(bucketOf(OBJECTS.slice(0, 90), PAGE));
    const bucket = bucketOf([...OBJECTS.slice(30), ...JUNK], PAGE);
    const plain = await known();
    const writes = counting(plain);
    await loopOf(writes.counted, bucket, NOON + 6 * HOUR);
    const { root } = await load(plain);
    for (let crash = 1; crash < writes.keys.length; crash += 1) {
      const index = await known();
      await expect(loopOf(crashing(index, crash), bucket, NOON + 6 * HOUR)).rejects.toThrow("the process is gone");
      await loopOf(index, bucket, NOON + 6 * HOUR);

      await expectWhole(index, bucket);
      const { missed, beside, progress, fullAt } = (await load(index)).root;
      expect({ missed, beside, progress, fullAt }, `killed at write ${crash}`).toEqual({
        ...{ missed: root.missed, beside: root.beside, progress: null, fullAt: root.fullAt },
      });
    }
    expect(root.missed).toBe(20);
    expect(writes.keys).toContain(stretchKey(URL, 1));
  });

  it.each([
    ["few blocks", { ...SPREAD, least: 1_000 }],
    ["one stretch", { ...SPREAD, stretches: 1 }],
  ])("goes on one invocation after the other with %s", async (_, spread) => {
    const index = memoryObjectStore();
    expect((await turn(index, BUCKET, NOON, { spread })).end).toBe("stopped");
    expect((await load(index)).root.progress?.stretches).toBeNull();
  });

  it("begins a stretch anew whose progress cannot be read, or is of a listing before", async () => {
    for (const text of ["", "{", JSON.stringify({ schemaVersion: 1, url: URL, isDone: true, progress: OLD })]) {
      const index = memoryObjectStore();
      for (let nth = 0; nth < 4; nth += 1) await index.write(stretchKey(URL, nth), text, null);
      await loopOf(index, BUCKET, NOON);
      await expectWhole(index, BUCKET);
    }
  });
});

const OLD = { startedAt: NOON - HOUR, after: "", beside: { objects: 1, bytes: 1, foreign: [] }, missed: 7 };

/** An index whose shards are many, so that a later listing finds stretches of known blocks. */
async function manyShards(bucket: Bucket): Promise<ObjectStore> {
  const index = memoryObjectStore();
  const { index: after } = await turn(index, bucket, NOON);
  for (const nth of after.root.progress?.stretches?.keys() ?? [])
    while ((await stretch(index, bucket, NOON, nth)).end !== "done");
  // As if blocks were many: ended by hand, so that the small shards are not put together.
  const { place, root, version } = await load(index);
  await saved({ place, root, version, shards: [] }, { ...root, fullAt: NOON, listedAt: NOON, progress: null });
  return index;
}

function counting(store: ObjectStore) {
  const keys: string[] = [];
  const counted: ObjectStore = {
    ...store,
    write: (key, ...rest) => {
      keys.push(key);
      return store.write(key, ...rest);
    },
  };
  return { counted, keys };
}

function crashing(store: ObjectStore, place: number): ObjectStore {
  let writes = 0;
  return {
    ...store,
    write: async (...given) => {
      writes += 1;
      if (writes < place) return store.write(...given);
      // The write itself may or may not have been done.
      if (place % 2 === 0) await store.write(...given);
      throw new RetryableError("the process is gone", { remedy: "Start it again." });
    },
  };
}
