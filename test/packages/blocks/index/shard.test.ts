import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import { interner } from "#blocks/index/intern";
import { decodeShard, encodeShard, SEALED, type Shard } from "#blocks/index/shard";
import { readBucket } from "#blocks/read-bucket";
import { bucketOfRecording, readRecording } from "#local/recorded-bucket";
import { at, blockObjects, bucketOf, headBlocks, object, ulidAt } from "#test/packages/blocks/factory";

const URL = "s3://blocks";
const NOON = at("2026-11-20T12:00:00Z");

async function blocksOf(...objects: Parameters<typeof bucketOf>[0]): Promise<readonly Block[]> {
  return (await readBucket({ bucket: bucketOf(objects) })).blocks;
}

function shardOf(blocks: readonly Block[]): Shard {
  return { from: "", to: null, blocks };
}

function again(shard: Shard) {
  return decodeShard(encodeShard(URL, shard), URL, interner());
}

describe("a stored shard", () => {
  it.each(["healthy", "broken", "late", "overlap-same-labels"])(
    "holds all that was read of the bucket %s",
    async (name) => {
      const recording = await readRecording(join(import.meta.dirname, "../../../data/buckets", name));
      const { blocks } = await readBucket({ bucket: bucketOfRecording(recording, { url: URL }) });

      expect(blocks.length).toBeGreaterThan(0);
      expect(again(shardOf(blocks))).toEqual(shardOf(blocks));
    },
  );

  it("holds what is rare: other etags, storage classes, files that are not as told, bad metas and marks", async () => {
    const [spec = { min: 0, max: 1 }, other = spec] = headBlocks(NOON, 2, {
      hints: ["from-out-of-order"],
      uploaded: null,
    });
    const cold = blockObjects(spec).map((entry) => ({ ...entry, etag: '"x"-7', storageClass: "GLACIER_IR" }));
    const halved = blockObjects({
      ...other,
      markedAt: NOON,
      sources: [ulidAt(3, "A"), ulidAt(1, "B"), ulidAt(2, "C")],
    });
    const frozen = blockObjects({ min: NOON, max: NOON + 1 }).map((entry) => ({ ...entry, storageClass: "GLACIER" }));
    const bad = ulidAt(NOON, "BAD");
    const mark = JSON.stringify({ id: bad, version: 9, deletion_time: 1 });
    const blocks = await blocksOf(
      ...cold,
      ...frozen,
      ...halved.filter(({ key }) => !key.endsWith("/index")),
      object(`${bad}/meta.json`, '{"version": 7}', NOON),
      object(`${bad}/deletion-mark.json`, mark, NOON),
      object(`${ulidAt(NOON, "PART")}/chunks/000001`, 2 ** 40, NOON),
    );

    expect(blocks.map(({ state }) => state.kind).toSorted()).toEqual(["absent", "archived", "corrupt", "ok", "ok"]);
    expect(again(shardOf(blocks))).toEqual(shardOf(blocks));
  });

  it("keeps its bounds, and that it was sealed", () => {
    const shard: Shard = { from: ulidAt(NOON), to: ulidAt(NOON + 1), blocks: [] };

    expect(again(shard)).toEqual(shard);
    expect(decodeShard(encodeShard(URL, SEALED), URL, interner())).toBe(SEALED);
  });

  it("shares label sets over shards", async () => {
    const blocks = await blocksOf(...headBlocks(NOON, 2).flatMap(blockObjects));
    const intern = interner();
    const [a, b] = blocks.map((block) => decodeShard(encodeShard(URL, shardOf([block])), URL, intern));
    const labels = [a, b].map(
      (shard) => typeof shard === "object" && shard.blocks[0]?.state.kind === "ok" && shard.blocks[0].state.meta.labels,
    );

    expect(labels[0]).toEqual({ cluster: "a", replica: "0" });
    expect(labels[0]).toBe(labels[1]);
  });

  it("counts as none where it is damaged, cut, of another bucket, or no shard at all", async () => {
    const shard = shardOf(await blocksOf(...headBlocks(NOON, 3).flatMap(blockObjects)));
    const stored = encodeShard(URL, shard);

    expect(decodeShard(stored, "s3://other", interner())).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(stored.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = Buffer.from(stored);
        damaged[place] = (damaged[place] ?? 0) ^ change;
        // A bit that the compression's format does not use may change.
        expect([undefined, shard]).toContainEqual(decodeShard(damaged, URL, interner()));
        expect(decodeShard(stored.subarray(0, place), URL, interner())).toBeUndefined();
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeShard(bytes, URL, interner()) === undefined),
    );
  });
});
