import type { PlanBlock } from "#blocks/compactor/plan-block";
import { COMPACTION_RANGES, windowStart } from "#blocks/compactor/ranges";

/** A block with more tombstones than this share of its series is compacted alone. */
const TOMBSTONES_SHARE = 0.05;

/** Why these blocks were chosen: they overlap, they fill a window of `range` ms, or one has many tombstones. */
export type PlanReason =
  | { readonly kind: "overlap" }
  | { readonly kind: "window"; readonly range: number; readonly from: number }
  | { readonly kind: "tombstones" };

type Times = Pick<PlanBlock, "minTime" | "maxTime">;
type WindowBlock = Pick<PlanBlock, "minTime" | "maxTime" | "failed" | "noCompact">;

export interface Plan {
  readonly reason: PlanReason;
  readonly blocks: readonly PlanBlock[];
}

/**
 * What the compactor's planner chooses of one group (thanos pkg/compact/planner.go, tsdbBasedPlanner), without the
 * filters around it. Undefined where it chooses nothing. `blocks` by minTime.
 */
export function planBlocks(
  blocks: readonly PlanBlock[],
  ranges: readonly number[] = COMPACTION_RANGES,
): Plan | undefined {
  const candidates = blocks.filter(({ noCompact }) => !noCompact);
  const overlapping = firstOverlap(candidates);
  if (overlapping.length > 0) return { reason: { kind: "overlap" }, blocks: overlapping };
  // The newest block is never touched.
  const older = blocks.slice(0, -1);
  return planWindow(older, ranges) ?? planTombstones(older, ranges);
}

/** The first run of blocks that overlap, with the one before it that they overlap; empty where none do. */
export function firstOverlap<B extends Times>(blocks: readonly B[]): readonly B[] {
  return overlapRuns(blocks).next().value ?? [];
}

/** Every such run. */
export function* overlapRuns<B extends Times>(blocks: readonly B[]): Generator<readonly B[], undefined> {
  let run: B[] = [];
  let previous: B | undefined;
  let reach = Number.NEGATIVE_INFINITY;
  for (const block of blocks) {
    if (previous !== undefined && block.minTime < reach) run.push(...(run.length === 0 ? [previous, block] : [block]));
    else if (run.length > 0) {
      yield run;
      run = [];
    }
    reach = Math.max(reach, block.maxTime);
    previous = block;
  }
  if (run.length > 0) yield run;
  return undefined;
}

function planWindow(blocks: readonly PlanBlock[], ranges: readonly number[]): Plan | undefined {
  const highTime = blocks.at(-1)?.minTime;
  if (highTime === undefined) return undefined;
  for (const range of ranges.slice(1)) {
    for (const { from, members } of splitByRange(blocks, range)) {
      const [run] = windowRuns(members, { range, highTime });
      if (run !== undefined) return { reason: { kind: "window", range, from }, blocks: run };
    }
  }
  return undefined;
}

/** The blocks of each aligned window that has any; a block that is not inside of a window is in none. */
export function splitByRange<B extends Times>(
  blocks: readonly B[],
  range: number,
): readonly { readonly from: number; readonly members: readonly B[] }[] {
  const windows: { readonly from: number; readonly members: B[] }[] = [];
  let open: { readonly from: number; readonly members: B[] } | undefined;
  for (const block of blocks) {
    if (open === undefined || block.maxTime > open.from + range) {
      const from = windowStart(block.minTime, range);
      open = block.maxTime > from + range ? undefined : { from, members: [] };
      if (open !== undefined) windows.push(open);
    }
    open?.members.push(block);
  }
  return windows;
}

/**
 * What is compacted of one window, the next first: two or more blocks in a row without a mark. None where more is to
 * come into the window, or a compaction of a block in it failed. `highTime`: the last minTime of all but the newest block.
 */
export function windowRuns<B extends WindowBlock>(
  members: readonly B[],
  complete: { readonly range: number; readonly highTime: number },
): readonly (readonly B[])[] {
  if (members.some(({ failed }) => failed) || !isComplete(members, complete)) return [];
  return runsOf(members).filter(({ length }) => length > 1);
}

/** Blocks in a row without a no-compact mark. */
export function runsOf<B extends Pick<PlanBlock, "noCompact">>(members: readonly B[]): readonly (readonly B[])[] {
  const runs: B[][] = [[]];
  for (const block of members) {
    if (block.noCompact) runs.push([]);
    else runs.at(-1)?.push(block);
  }
  return runs;
}

/** Whether nothing more is to come into the window: it is filled from end to end, or there is something newer. */
function isComplete(
  members: readonly WindowBlock[],
  { range, highTime }: { readonly range: number; readonly highTime: number },
): boolean {
  // Of the first and the last block: no window is empty.
  const from = Math.min(...members.slice(0, 1).map(({ minTime }) => minTime));
  const to = Math.max(...members.slice(-1).map(({ maxTime }) => maxTime));
  return to - from === range || to <= highTime;
}

function planTombstones(blocks: readonly PlanBlock[], ranges: readonly number[]): Plan | undefined {
  const [block] = manyTombstones(blocks, ranges);
  return block && { reason: { kind: "tombstones" }, blocks: [block] };
}

/** The long blocks of which too many series are deleted, the newest first; up to the first that is not long. */
export function manyTombstones(blocks: readonly PlanBlock[], ranges: readonly number[]): readonly PlanBlock[] {
  const middle = Math.floor(ranges.length / 2);
  const long = Math.min(...ranges.slice(middle, middle + 1));
  const found: PlanBlock[] = [];
  for (const block of blocks.filter(({ noCompact }) => !noCompact).reverse()) {
    if (block.maxTime - block.minTime < long) break;
    if (block.tombstones / (block.series + 1) > TOMBSTONES_SHARE) found.push(block);
  }
  return found;
}
