import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadBlockIndex } from "#blocks/block-index";
import type { ObjectStore } from "#blocks/bucket";
import { indexBlock } from "#blocks/index-block";
import { readBucket } from "#blocks/read-bucket";
import { ConflictError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { at, blockObjects, bucketOf, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const SPECS = headBlocks(NOON, 3);
const BUCKET = bucketOf(SPECS.flatMap(blockObjects));
const KEYS = SPECS.map((spec) => `${ulidOf(spec)}/meta.json`);

async function indexed(indexes: ObjectStore) {
  return [...(await loadBlockIndex(indexes, BUCKET.url)).blocks.values()].sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}

async function indexedByAudit() {
  const indexes = memoryObjectStore();
  await readBucket({ bucket: BUCKET, index: indexes });
  return indexed(indexes);
}

describe("indexBlock", () => {
  it("leads to the index of a full audit, by events in any order and number", async () => {
    const expected = await indexedByAudit();
    const order = fc.shuffledSubarray([...KEYS, ...KEYS], { minLength: 6 });
    await fc.assert(
      fc.asyncProperty(order, async (keys) => {
        const indexes = memoryObjectStore();
        for (const key of keys) await indexBlock({ bucket: BUCKET, indexes, key });
        expect(await indexed(indexes)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it("removes a block that is gone", async () => {
    const indexes = memoryObjectStore();
    await readBucket({ bucket: BUCKET, index: indexes });
    const [gone = "", ...kept] = KEYS;
    const after = { ...bucketOf(SPECS.slice(1).flatMap(blockObjects)) };
    await indexBlock({ bucket: after, indexes, key: gone });

    expect((await indexed(indexes)).map(({ ulid }) => `${ulid}/meta.json`)).toEqual(kept);
  });

  it("records a bad meta.json instead of throwing", async () => {
    const indexes = memoryObjectStore();
    const [key = ""] = KEYS;
    await indexBlock({ bucket: bucketOf([object(key, "{", NOON)]), indexes, key });

    expect((await indexed(indexes))[0]?.meta?.value.kind).toBe("corrupt");
  });

  it.each([
    "thanos.shipper.json",
    "debug/metas/01M7WGP7RERE3QGV56284ZT01P.json",
    "01M7WGP7RERE3QGV56284ZT01P/index",
    "",
  ])("passes over %j", async (key) => {
    const indexes = memoryObjectStore();
    await indexBlock({ bucket: BUCKET, indexes, key });
    expect(await indexed(indexes)).toEqual([]);
  });

  it("tries again when somebody else wrote the index meanwhile, and keeps what that one wrote", async () => {
    const store = memoryObjectStore();
    const [first = "", second = ""] = KEYS;
    let isDisturbed = false;
    const disturbed: ObjectStore = {
      read: store.read,
      async write(key, text, expected) {
        if (!isDisturbed) {
          isDisturbed = true;
          await indexBlock({ bucket: BUCKET, indexes: store, key: second });
        }
        return store.write(key, text, expected);
      },
    };
    await indexBlock({ bucket: BUCKET, indexes: disturbed, key: first });

    expect((await indexed(store)).map(({ ulid }) => `${ulid}/meta.json`)).toEqual([first, second]);
  });

  it("gives up after five conflicts", async () => {
    let writes = 0;
    const indexes: ObjectStore = {
      read: async () => undefined,
      write: async () => {
        writes += 1;
        throw new ConflictError("lost", { remedy: "read again" });
      },
    };
    await expect(indexBlock({ bucket: BUCKET, indexes, key: KEYS[0] ?? "" })).rejects.toThrow(ConflictError);
    expect(writes).toBe(5);
  });
});
