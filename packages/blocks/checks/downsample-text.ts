import type { ReadableBlock } from "#blocks/block/block";
import { instant } from "#blocks/text";

const LISTED = 50;

/** One row per block. */
export function blockRows(blocks: readonly ReadableBlock[]): readonly Readonly<Record<string, unknown>>[] {
  return blocks.slice(0, LISTED).map(({ ulid, meta }) => ({
    block: ulid,
    minTime: instant(meta.minTime),
    maxTime: instant(meta.maxTime),
    level: meta.level,
    samples: meta.samples,
  }));
}

export function ulidsOf(blocks: readonly ReadableBlock[]): readonly string[] {
  return blocks.map(({ ulid }) => ulid);
}

export function firstTime(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
}
