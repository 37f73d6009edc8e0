import type { ReadableBlock } from "#blocks/block/block";
import { ignoredFrom, uploadedAt } from "#blocks/groups/filters";
import type { OverlapWindow } from "#blocks/groups/overlaps";
import type { BucketModel } from "#blocks/model";
import { counted, instant } from "#blocks/text";

/** More windows than that are counted and not listed. */
const WINDOWS_LISTED = 50;

/** Conditions in numbers, in one sentence. */
export function overlapSummary(windows: readonly OverlapWindow[]): string {
  const blocks = blocksOf(windows);
  const levels = new Set(blocks.map(({ meta }) => meta.level));
  const kind = levels.size === 1 && levels.has(1) ? "level-1 blocks" : "blocks";
  const sizes = new Set(windows.map((window) => window.blocks.length));
  const [size] = sizes;
  const each = sizes.size === 1 ? `${size}` : "two or more";
  return `${counted(windows.length, "window")} of this group ${windows.length === 1 ? "holds" : "hold"} ${each} overlapping ${kind}${windows.length === 1 ? "" : " each"}.`;
}

export function blocksOf(windows: readonly OverlapWindow[]): ReadableBlock[] {
  return windows.flatMap((window) => window.blocks);
}

export function ulidsOf(windows: readonly OverlapWindow[]): string[] {
  return blocksOf(windows)
    .map(({ ulid }) => ulid)
    .sort();
}

/** The facts by which their owner chooses between the blocks: one row per block, rows of a window together. */
export function overlapEvidence(
  windows: readonly OverlapWindow[],
  model: BucketModel,
): Readonly<Record<string, unknown>> {
  const listed = windows.slice(0, WINDOWS_LISTED);
  return {
    windows: windows.length,
    blocks: listed.flatMap(({ from, blocks }) => blocks.map((block) => blockRow(block, from, model))),
  };
}

function blockRow(block: ReadableBlock, from: number, { settings }: BucketModel): Readonly<Record<string, unknown>> {
  const { ulid, meta, noCompactMark } = block;
  const ignored = ignoredFrom(block, settings);
  return {
    window: instant(from),
    block: ulid,
    samples: meta.samples,
    uploaded: instant(uploadedAt(block)),
    source: meta.source,
    series: meta.series,
    level: meta.level,
    minTime: instant(meta.minTime),
    maxTime: instant(meta.maxTime),
    ...(meta.hints.length > 0 && { hints: meta.hints }),
    ...(noCompactMark && { noCompactMark: noCompactMark.reason }),
    ...(ignored !== undefined && { ignoredByCompactorFrom: instant(ignored) }),
  };
}
