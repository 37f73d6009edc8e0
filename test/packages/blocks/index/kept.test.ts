import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { type KeptIndexes, keptIndexes } from "#blocks/index/kept";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { blockIndexKey, loadRoot, shardKey } from "#blocks/index/root";
import { readIndexed } from "#blocks/read-bucket";
import { memoryObjectStore } from "#local/memory-object-store";
import { blockObjects, bucketOf, HOUR, headBlocks, ulidOf } from "#test/packages/blocks/factory";
import { changing, NOON, SPECS, Step, URL } from "#test/packages/blocks/index/changing";

const MUCH = 2 ** 30;

async function blocksIn(indexes: ObjectStore, kept?: KeptIndexes) {
  const { root, shards } = await loadIndex(indexPlace(indexes, URL, kept));
  return { root, shards: shards.map(({ from, to, slot, version, blocks }) => ({ from, to, slot, version, blocks })) };
}

/** A store that tells which shards it sent. */
function sending(store: ObjectStore) {
  const sent: string[] = [];
  const told: ObjectStore = {
    ...store,
    read: async (key) => {
      sent.push(key);
      return store.read(key);
    },
    readUnless: async (key, version) => {
      const found = await store.readUnless(key, version);
      if (found !== "unchanged") sent.push(key);
      return found;
    },
  };
  return { told, sent: () => sent.splice(0).filter((key) => key.endsWith(".bin")) };
}

/** 40 blocks in many small shards. */
async function listedWorld() {
  const world = changing();
  for (const place of SPECS.keys()) world.change({ place, what: "upload", told: 0 }, NOON);
  await world.list("full", NOON);
  return world;
}

describe("a shard that has changed", () => {
  it("holds the blocks that have not as the objects that they were", async () => {
    const world = await listedWorld();
    const kept = keptIndexes(MUCH);
    const blocks = async () => blocksOf(await loadIndex(indexPlace(world.indexes, URL, kept)));
    const before = await blocks();
    world.change({ place: 3, what: "mark", told: 1 }, NOON + HOUR);
    await world.tell(world.events.splice(0));
    const after = await blocks();

    expect(after.map(({ ulid }) => ulid)).toEqual(before.map(({ ulid }) => ulid));
    const others = after.filter((block, place) => block !== before[place]);
    expect(others.map(({ deletionMark }) => deletionMark !== undefined)).toEqual([true]);
  });
});

describe("an index that is kept in memory", () => {
  it("is the one that is stored, whatever events and listings of this process and of others did", async () => {
    const Other = fc.oneof(
      { weight: 6, arbitrary: Step },
      { weight: 1, arbitrary: fc.constantFrom("own full", "own tail", "lose a shard", "lose the root") },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(Other, { maxLength: 40 }), async (steps) => {
        const world = changing();
        const kept = keptIndexes(MUCH);
        let now = NOON;
        for (const step of steps) {
          now += HOUR / 4;
          if (typeof step === "object") {
            world.change(step, now);
            await world.tell(world.events.splice(0));
          } else if (step === "own full") await world.list("full", now, kept);
          else if (step === "own tail") await world.list("tail", now, kept);
          else if (step === "lose a shard") await spoil(world.indexes, shardKey(URL, 0));
          else if (step === "lose the root") await spoil(world.indexes, blockIndexKey(URL));
          else await world.list(step, now);
          expect(await blocksIn(world.indexes, kept)).toEqual(await blocksIn(world.indexes));
        }
      }),
      { numRuns: 60 },
    );
  }, 180_000);

  it("is asked for and not sent where nothing changed; an event's shard alone is sent", async () => {
    const world = await listedWorld();
    const { told, sent } = sending(world.indexes);
    const kept = keptIndexes(MUCH);
    const { shards } = (await loadRoot(world.indexes, URL)).root;
    await blocksIn(told, kept);
    expect(sent()).toHaveLength(shards.length);
    await blocksIn(told, kept);
    expect(sent()).toEqual([]);

    world.change({ place: 7, what: "mark", told: 1 }, NOON);
    await world.tell(world.events.splice(0));
    const after = await loadIndex(indexPlace(told, URL, kept));
    expect(sent()).toHaveLength(1);
    const changed = blocksOf(after).find(({ ulid }) => ulid === ulidOf(SPECS[7] ?? { min: 0, max: 0 }));
    expect(changed?.deletionMark).toBeDefined();
  });

  it("is asked for at once, root and shards, and is the new one where shards have moved", async () => {
    const world = await listedWorld();
    const kept = keptIndexes(MUCH);
    const { root } = await blocksIn(world.indexes, kept);
    const all = Promise.withResolvers<void>();
    let asked = 0;
    const store: ObjectStore = {
      ...world.indexes,
      readUnless: async (key, version) => {
        asked += 1;
        if (asked === 1 + root.shards.length) all.resolve();
        await all.promise;
        return world.indexes.readUnless(key, version);
      },
    };
    await blocksIn(store, kept);
    expect(asked).toBe(1 + root.shards.length);

    for (const place of SPECS.keys()) world.change({ place, what: place % 8 > 0 ? "delete" : "mark", told: 0 }, NOON);
    await world.list("full", NOON + HOUR);
    expect((await loadRoot(world.indexes, URL)).root.shards).not.toEqual(root.shards);
    expect(await blocksIn(store, kept)).toEqual(await blocksIn(world.indexes));
  });

  it("gives the same blocks again, so that what is known of them holds on", async () => {
    const world = await listedWorld();
    const kept = keptIndexes(MUCH);
    const first = blocksOf(await loadIndex(indexPlace(world.indexes, URL, kept)));
    const second = blocksOf(await loadIndex(indexPlace(world.indexes, URL, kept)));
    expect(second.every((block, at) => block === first[at])).toBe(true);
  });

  it("takes no more memory than it may: the bucket that was not asked for the longest goes", async () => {
    const indexes = memoryObjectStore();
    const urls = ["s3://one", "s3://two", "s3://three"];
    for (const url of urls) await listed(indexes, url);
    const { told, sent } = sending(indexes);
    const read = async (url: string, kept: KeptIndexes) => {
      await loadIndex(indexPlace(told, url, kept));
      return sent().length;
    };
    const room = keptIndexes(MUCH);
    for (const url of urls) expect(await read(url, room)).toBe(1);
    for (const url of urls) expect(await read(url, room)).toBe(0);

    // 20 blocks of 3 files, and what is stored of them: 26,000 to 32,000 bytes.
    const two = keptIndexes(70_000);
    for (const url of urls) expect(await read(url, two)).toBe(1);
    expect(await read("s3://three", two)).toBe(0);
    expect(await read("s3://two", two)).toBe(0);
    expect(await read("s3://one", two)).toBe(1);
    expect(await read("s3://two", two)).toBe(0);
    expect(await read("s3://three", two)).toBe(1);
  });

  it("is kept in part where it is larger than what may be kept", async () => {
    const world = await listedWorld();
    const { told, sent } = sending(world.indexes);
    const kept = keptIndexes(30_000);
    await blocksIn(told, kept);
    const all = sent().length;
    expect(await blocksIn(told, kept)).toEqual(await blocksIn(world.indexes));
    const again = sent().length;
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(all);
  });
});

async function spoil(indexes: ObjectStore, key: string): Promise<void> {
  await indexes.write(key, "spoilt", (await indexes.read(key))?.version ?? null);
}

async function listed(index: ObjectStore, url: string): Promise<void> {
  const bucket = { ...bucketOf(headBlocks(NOON, 20).flatMap(blockObjects)), url };
  await readIndexed({ bucket, index, listing: "full", now: NOON });
}
