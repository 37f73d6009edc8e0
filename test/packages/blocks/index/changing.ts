import fc from "fast-check";
import { indexBlocks } from "#blocks/index/index-block";
import type { KeptIndexes } from "#blocks/index/kept";
import { indexPlace, loadIndex } from "#blocks/index/load";
import { refreshIndex } from "#blocks/index/refresh";
import { memoryObjectStore } from "#local/memory-object-store";
import type { RecordedObject } from "#local/recorded-bucket";
import { at, type BlockSpec, blockObjects, bucketOf, HOUR, headBlocks, ulidOf } from "#test/packages/blocks/factory";

export const NOON = at("2026-11-20T12:00:00Z");
export const URL = "s3://blocks";
/** So small that almost every change cuts a shard or puts some together. */
export const SIZES = { recentMs: 96 * HOUR, recent: 250, old: 1000, windowBlocks: 5 };
export const SPECS = headBlocks(NOON, 40);

/** What happens to the block at this place: it is uploaded, marked, or deleted; and how often events tell. */
export const Change = fc.record({
  place: fc.nat(SPECS.length - 1),
  what: fc.constantFrom("upload", "mark", "delete", "half-delete"),
  told: fc.nat(2),
});
export type Change = typeof Change extends fc.Arbitrary<infer T> ? T : never;
export const Step = fc.oneof(
  { weight: 8, arbitrary: Change },
  { weight: 1, arbitrary: fc.constant("full" as const) },
  { weight: 1, arbitrary: fc.constant("tail" as const) },
);

/** A bucket that changes, its index, and the events that are still under way. */
export function changing() {
  const directories = new Map<string, readonly RecordedObject[]>();
  const indexes = memoryObjectStore();
  const events: string[] = [];
  const bucket = () => bucketOf([...directories.values()].flat(), 7);
  return {
    bucket,
    indexes,
    events,
    change({ place, what, told }: Change, now: number): void {
      const spec: BlockSpec = SPECS[place] ?? { min: 0, max: 1 };
      const whole = blockObjects(what === "mark" ? { ...spec, markedAt: now } : spec);
      if (what === "delete") directories.delete(ulidOf(spec));
      else directories.set(ulidOf(spec), what === "half-delete" ? whole.slice(0, 1) : whole);
      for (let copy = 0; copy < told; copy += 1) events.push(`${ulidOf(spec)}/meta.json`);
    },
    async tell(keys: readonly string[]): Promise<void> {
      if (keys.length > 0) await indexBlocks({ bucket: bucket(), indexes, keys });
    },
    /** By a process that keeps what it has read, or by a new one. */
    async list(listing: "full" | "tail", now: number, kept?: KeptIndexes): Promise<void> {
      const index = await loadIndex(indexPlace(indexes, URL, kept));
      await refreshIndex(index, { bucket: bucket(), listing, now, sizes: SIZES });
    },
  };
}
