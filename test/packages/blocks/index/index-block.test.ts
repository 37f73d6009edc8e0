import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { indexBlocks } from "#blocks/index/index-block";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { shardKey } from "#blocks/index/root";
import { listBucket, readIndexed } from "#blocks/read-bucket";
import { ConflictError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { textIn } from "#test/contracts/object-store";
import { at, blockObjects, bucketOf, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const SPECS = headBlocks(NOON, 3);
const BUCKET = bucketOf(SPECS.flatMap(blockObjects));
const KEYS = SPECS.map((spec) => `${ulidOf(spec)}/meta.json`);

async function indexed(indexes: ObjectStore): Promise<readonly Block[]> {
  return blocksOf(await loadIndex(indexPlace(indexes, BUCKET.url)));
}

async function listed(): Promise<ObjectStore> {
  const indexes = memoryObjectStore();
  await readIndexed({ bucket: BUCKET, index: indexes, listing: "full", now: NOON });
  return indexes;
}

describe("indexBlocks", () => {
  it("leads to the index of a full audit, by events in any order and number", async () => {
    const expected = await indexed(await listed());
    const order = fc.shuffledSubarray([...KEYS, ...KEYS], { minLength: 6 });
    await fc.assert(
      fc.asyncProperty(order, async (keys) => {
        const indexes = memoryObjectStore();
        for (const key of keys) await indexBlocks({ bucket: BUCKET, indexes, keys: [key] });
        expect(await indexed(indexes)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps what comes while the first listing is under way and has written no shard", async () => {
    const indexes = memoryObjectStore();
    const list: typeof BUCKET.list = async function* (options = {}) {
      if (options.prefix === undefined) await indexBlocks({ bucket: BUCKET, indexes, keys: KEYS.slice(0, 1) });
      else yield* BUCKET.list(options);
    };
    await listBucket({
      ...{ bucket: { ...BUCKET, list }, index: indexes, listing: "due", now: NOON, isTimeUp: () => false },
    });

    // What the listing has not seen is read again, since an event has told of it.
    expect((await indexed(indexes)).map(({ ulid }) => ulid)).toEqual(SPECS.slice(0, 1).map(ulidOf));
  });

  it("writes once for all blocks of a batch", async () => {
    const store = memoryObjectStore();
    let writes = 0;
    const counted: ObjectStore = {
      ...store,
      write: (...given) => {
        writes += 1;
        return store.write(...given);
      },
    };
    await indexBlocks({ bucket: BUCKET, indexes: counted, keys: [...KEYS, ...KEYS] });

    expect(await indexed(store)).toEqual(await indexed(await listed()));
    expect(writes).toBe(1);
  });

  it("removes a block that is gone", async () => {
    const indexes = await listed();
    const [gone = "", ...kept] = KEYS;
    const after = { ...bucketOf(SPECS.slice(1).flatMap(blockObjects)) };
    await indexBlocks({ bucket: after, indexes, keys: [gone] });

    expect((await indexed(indexes)).map(({ ulid }) => `${ulid}/meta.json`)).toEqual(kept);
  });

  it("records a bad meta.json instead of throwing", async () => {
    const indexes = memoryObjectStore();
    const [key = ""] = KEYS;
    await indexBlocks({ bucket: bucketOf([object(key, "{", NOON)]), indexes, keys: [key] });

    expect((await indexed(indexes))[0]?.state.kind).toBe("corrupt");
  });

  it.each([
    "thanos.shipper.json",
    "debug/metas/01M7WGP7RERE3QGV56284ZT01P.json",
    "01M7WGP7RERE3QGV56284ZT01P/index",
    "",
  ])("passes over %j", async (key) => {
    const indexes = memoryObjectStore();
    await indexBlocks({ bucket: BUCKET, indexes, keys: [key] });
    expect(await indexed(indexes)).toEqual([]);
  });

  it("tries again when somebody else wrote the index meanwhile, and keeps what that one wrote", async () => {
    const store = memoryObjectStore();
    const [first = "", second = ""] = KEYS;
    let isDisturbed = false;
    const disturbed: ObjectStore = {
      ...store,
      async write(key, text, expected) {
        if (!isDisturbed) {
          isDisturbed = true;
          await indexBlocks({ bucket: BUCKET, indexes: store, keys: [second] });
        }
        return store.write(key, text, expected);
      },
    };
    await indexBlocks({ bucket: BUCKET, indexes: disturbed, keys: [first] });

    expect((await indexed(store)).map(({ ulid }) => `${ulid}/meta.json`)).toEqual([first, second]);
  });

  it("gives up after six conflicts", async () => {
    let writes = 0;
    const indexes: ObjectStore = {
      ...memoryObjectStore(),
      write: async () => {
        writes += 1;
        throw new ConflictError("lost", { remedy: "read again" });
      },
    };
    await expect(indexBlocks({ bucket: BUCKET, indexes, keys: KEYS.slice(0, 1) })).rejects.toThrow(ConflictError);
    expect(writes).toBe(6);
  });

  it("leaves a block alone that is being uploaded or deleted, unless a listing found it so", async () => {
    const indexes = await listed();
    const [first = { min: 0, max: 1 }] = SPECS;
    const [key = ""] = KEYS;
    const halved = bucketOf(blockObjects(first).filter((entry) => entry.key !== key));
    await indexBlocks({ bucket: halved, indexes, keys: [key] });
    expect((await indexed(indexes)).map(({ ulid }) => ulid)).not.toContain(ulidOf(first));

    await readIndexed({ bucket: halved, index: indexes, listing: "full", now: NOON });
    await indexBlocks({ bucket: halved, indexes, keys: [key] });
    expect((await indexed(indexes)).map(({ ulid, state }) => [ulid, state.kind])).toEqual([[ulidOf(first), "absent"]]);
  });

  it("leaves a shard that cannot be read to the next listing", async () => {
    const indexes = await listed();
    const slot = shardKey(BUCKET.url, 0);
    await indexes.write(slot, "broken", (await indexes.read(slot))?.version ?? null);
    await indexBlocks({ bucket: BUCKET, indexes, keys: KEYS });
    expect(await textIn(indexes, slot)).toBe("broken");

    await readIndexed({ bucket: BUCKET, index: indexes, listing: "due", now: NOON });
    expect(await indexed(indexes)).toHaveLength(3);
  });
});
