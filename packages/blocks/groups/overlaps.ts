import type { ReadableBlock } from "#blocks/block/block";
import type { BlockGroup } from "#blocks/groups/filters";

/** A run of blocks of one group each of which begins before another of it ends. Times in ms. */
export interface OverlapWindow {
  readonly from: number;
  readonly to: number;
  readonly blocks: readonly ReadableBlock[];
  /** Each block with the one that reached furthest before it: one pair per overlap, not all pairs. */
  readonly pairs: readonly (readonly [ReadableBlock, ReadableBlock])[];
}

/** The overlapping runs of a group; intervals are half-open, as in tsdb.OverlappingBlocks. */
export function overlapWindows({ blocks }: Pick<BlockGroup, "blocks">): OverlapWindow[] {
  const windows: OverlapWindow[] = [];
  let run: { readonly blocks: ReadableBlock[]; readonly pairs: [ReadableBlock, ReadableBlock][] } | undefined;
  let furthest: ReadableBlock | undefined;
  for (const block of blocks) {
    if (run !== undefined && furthest !== undefined && block.meta.minTime < furthest.meta.maxTime) {
      run.blocks.push(block);
      run.pairs.push([furthest, block]);
    } else {
      addWindow(windows, run);
      run = { blocks: [block], pairs: [] };
      furthest = undefined;
    }
    if (furthest === undefined || block.meta.maxTime > furthest.meta.maxTime) furthest = block;
  }
  addWindow(windows, run);
  return windows;
}

function addWindow(windows: OverlapWindow[], run: Pick<OverlapWindow, "blocks" | "pairs"> | undefined): void {
  if (run === undefined || run.pairs.length === 0) return;
  const from = run.blocks.reduce((least, { meta }) => Math.min(least, meta.minTime), Number.POSITIVE_INFINITY);
  const to = run.blocks.reduce((most, { meta }) => Math.max(most, meta.maxTime), Number.NEGATIVE_INFINITY);
  windows.push({ ...run, from, to });
}

/** When the first overlap began, by the time that `at` gives of a block. */
export function overlapSince(windows: readonly OverlapWindow[], at: (block: ReadableBlock) => number): number {
  return windows
    .flatMap(({ pairs }) => pairs)
    .reduce((first, [a, b]) => Math.min(first, Math.max(at(a), at(b))), Number.POSITIVE_INFINITY);
}
