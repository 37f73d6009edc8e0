import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import { SHARD_SIZES } from "#blocks/index/arrange";
import { indexBlocks } from "#blocks/index/index-block";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { refreshIndex } from "#blocks/index/refresh";
import { loadRoot } from "#blocks/index/root";
import { readBucket } from "#blocks/read-bucket";
import { memoryObjectStore } from "#local/memory-object-store";
import { blockObjects, bucketOf, HOUR, ulidOf } from "#test/packages/blocks/factory";
import { Change, changing, NOON, SIZES, SPECS, Step, URL } from "#test/packages/blocks/index/changing";

async function stored(indexes: ObjectStore): Promise<readonly Block[]> {
  return blocksOf(await loadIndex(indexPlace(indexes, URL)));
}

describe("events in any order, lost or repeated, and listings between them", () => {
  it("end with a full listing in the index that a fresh one makes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { maxLength: 60 }), fc.infiniteStream(fc.nat()), async (steps, choices) => {
        const world = changing();
        let now = NOON;
        for (const step of steps) {
          now += HOUR / 4;
          if (typeof step === "string") await world.list(step, now);
          else world.change(step, now);
          const choice = choices.next().value ?? 0;
          if (world.events.length > 0 && choice % 3 === 0) {
            await world.tell(world.events.splice(choice % world.events.length, 1 + (choice % 4)));
          }
        }
        await world.list("full", now);
        expect(await stored(world.indexes)).toEqual((await readBucket({ bucket: world.bucket() })).blocks);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("are not lost where they race with each other and with listings that cut and join shards", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(Change, { minLength: 10, maxLength: 60 }),
        async (scheduler, changes) => {
          const world = changing();
          for (const place of SPECS.keys()) world.change({ place, what: "upload", told: 0 }, NOON);
          await world.list("full", NOON);
          const loaded = await loadIndex(indexPlace(world.indexes, URL));
          const before = world.bucket();
          for (const change of changes) {
            world.change({ ...change, what: change.what === "mark" ? "mark" : "delete" }, NOON);
          }
          const places = new Set(changes.map(({ place }) => place));
          const keys = [...places].map((place) => `${ulidOf(SPECS[place] ?? { min: 0, max: 1 })}/meta.json`);
          const slow: ObjectStore = {
            read: scheduler.scheduleFunction(world.indexes.read),
            readUnless: scheduler.scheduleFunction(world.indexes.readUnless),
            write: scheduler.scheduleFunction(world.indexes.write),
          };
          // The listing has seen nothing of the changes when their events come.
          const bucket: Bucket = {
            ...world.bucket(),
            list: (options) => (options?.prefix === undefined ? before : world.bucket()).list(options),
          };
          const index = { ...loaded, place: indexPlace(slow, URL) };
          const listing = refreshIndex(index, { bucket, listing: "full", now: NOON + 100 * HOUR, sizes: SIZES });
          const events = keys.map((key) => indexBlocks({ bucket: world.bucket(), indexes: slow, keys: [key] }));
          const ends = await scheduler.waitFor(Promise.allSettled([listing, ...events]));
          expect(ends.filter(({ status }) => status === "rejected")).toEqual([]);
          expect(await stored(world.indexes)).toEqual((await readBucket({ bucket: world.bucket() })).blocks);
        },
      ),
      { numRuns: 20 },
    );
  }, 120_000);
});

describe("the shards of an index", () => {
  it("are many while blocks are young and few when they are old, with every slot used again", async () => {
    const world = changing();
    for (const place of SPECS.keys()) world.change({ place, what: "upload", told: 0 }, NOON);
    await world.list("full", NOON);
    const young = (await loadRoot(world.indexes, URL)).root;
    await world.list("full", NOON + 200 * HOUR);
    const old = (await loadRoot(world.indexes, URL)).root;

    expect(young.shards.length).toBeGreaterThan(6);
    expect(old.shards.length).toBeLessThan(young.shards.length / 1.5);
    expect(old.slots).toBeLessThanOrEqual(young.slots + 2);
    expect(await stored(world.indexes)).toHaveLength(SPECS.length);
  });

  it("is one for a small bucket", async () => {
    const indexes = memoryObjectStore();
    const index = await loadIndex(indexPlace(indexes, URL));
    const bucket = bucketOf(SPECS.flatMap(blockObjects));
    await refreshIndex(index, { bucket, listing: "full", now: NOON, sizes: { ...SHARD_SIZES, windowBlocks: 10_000 } });

    expect((await loadRoot(indexes, URL)).root.shards).toEqual([{ from: "", slot: 0 }]);
  });
});
