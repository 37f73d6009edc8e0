import { describe, expect, it } from "vitest";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import { readIndexed } from "#blocks/read-bucket";
import { uploadsFromIndex } from "#blocks/uploads";
import { memoryObjectStore } from "#local/memory-object-store";
import {
  at,
  type BlockSpec,
  blockObjects,
  bucketOf,
  HOUR,
  headBlocks,
  object,
  ulidAt,
} from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");

const listed = (bucket: Bucket, index: ObjectStore) => readIndexed({ bucket, index, listing: "full", now: NOON });

async function uploadsOf(specs: readonly BlockSpec[]) {
  const indexes = memoryObjectStore();
  const corrupt = object(`${ulidAt(NOON, "C")}/meta.json`, "{", NOON);
  await listed(bucketOf([...specs.flatMap(blockObjects), corrupt]), indexes);
  return uploadsFromIndex({ indexes, urls: ["s3://never-seen", "s3://blocks"] });
}

describe("uploadsFromIndex", () => {
  it("finds the newest block of the streams that have all the labels", async () => {
    const uploads = await uploadsOf([
      ...headBlocks(NOON - 4 * HOUR, 2, { labels: { cluster: "a", stage: "prod", replica: "0" } }),
      ...headBlocks(NOON, 2, { labels: { cluster: "b", stage: "prod", replica: "0" } }),
    ]);

    expect(await uploads.newestMaxTime({ cluster: "a", stage: "prod" })).toBe(NOON - 4 * HOUR);
    expect(await uploads.newestMaxTime({ stage: "prod" })).toBe(NOON);
    expect(await uploads.newestMaxTime({ cluster: "c" })).toBeUndefined();
  });

  it("counts neither out-of-order nor downsampled blocks", async () => {
    const uploads = await uploadsOf([
      ...headBlocks(NOON - 4 * HOUR, 1),
      { min: NOON, max: NOON + 2 * HOUR, hints: ["from-out-of-order"] },
      { min: NOON - 48 * HOUR, max: NOON, resolution: 300_000, level: 3 },
    ]);
    expect(await uploads.newestMaxTime({ cluster: "a" })).toBe(NOON - 4 * HOUR);
  });

  it("sees what was uploaded since it last looked", async () => {
    const indexes = memoryObjectStore();
    const uploads = uploadsFromIndex({ indexes, urls: ["s3://blocks"] });
    const specs = headBlocks(NOON, 3);
    await listed(bucketOf(specs.slice(0, 2).flatMap(blockObjects)), indexes);

    expect(await uploads.newestMaxTime({})).toBe(NOON - 2 * HOUR);
    expect(await uploads.newestMaxTime({})).toBe(NOON - 2 * HOUR);
    await listed(bucketOf(specs.flatMap(blockObjects)), indexes);
    expect(await uploads.newestMaxTime({})).toBe(NOON);
  });
});
