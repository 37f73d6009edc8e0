import type { ReadableBlock } from "#blocks/block";
import type { Plan } from "#blocks/compactor/plan";
import { COMPACTION_RANGES, windowStart } from "#blocks/compactor/ranges";
import { visibleFrom } from "#blocks/filters";
import { ulidTime } from "#blocks/ulid";
import type { AuditSettings } from "#config/audit-settings";

const MINUTE = 60_000;
/** From the cut of a block to its upload in a healthy stream. */
const UPLOAD = MINUTE;

/**
 * Since when the compactor could have carried out a plan, ms: all blocks of it were visible, and so many newer ones that
 * the window was taken for complete: one where the blocks fill it from end to end, else two. `group`: its live blocks. A
 * newer block that was itself compacted since counts by the times in the ULIDs of its sources.
 */
export function eligibleSince(plan: Plan, group: readonly ReadableBlock[], settings: AuditSettings): number {
  const members = new Set(plan.blocks.map(({ ulid }) => ulid));
  const own = group.filter(({ ulid }) => members.has(ulid)).map((block) => ownVisible(block, settings));
  const all = own.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  const last = plan.blocks.at(-1);
  const [first] = plan.blocks;
  if (plan.reason.kind === "overlap" || first === undefined || last === undefined) return all;
  const isFull = plan.reason.kind === "tombstones" || last.maxTime - first.minTime === plan.reason.range;
  const from = isFull ? last.minTime : last.maxTime;
  const newer = group
    .filter(({ ulid, meta }) => !members.has(ulid) && meta.minTime >= from)
    .flatMap((block) => witnessTimes(block, settings))
    .sort((a, b) => a - b);
  return Math.max(all, newer[isFull ? 0 : 1] ?? all);
}

/** When the compactor can see a block; at once where it made it itself. */
function ownVisible(block: ReadableBlock, settings: AuditSettings): number {
  return isCompacted(block) ? Number.NEGATIVE_INFINITY : visibleFrom(block, settings);
}

function witnessTimes(block: ReadableBlock, settings: AuditSettings): readonly number[] {
  if (!isCompacted(block)) return [visibleFrom(block, settings)];
  return block.meta.sources.map((source) => ulidTime(source) + UPLOAD + settings.consistencyDelay);
}

function isCompacted({ meta }: ReadableBlock): boolean {
  return meta.source.startsWith("compactor") || meta.source === "bucket.repair";
}

/** The window in which a block is compacted next. Times in ms. */
export interface NextWindow {
  readonly range: number;
  readonly from: number;
  readonly to: number;
  /** The earliest of a stream that goes on and is never late. */
  readonly notBefore: number;
}

/**
 * Where a block that is in no plan yet goes next: the shortest window that holds it and others, or into which others can
 * still come. Undefined where there is none: it has its last length, or its stream ended. In a healthy stream the window is
 * compacted 3.5 h after its end, and one block range later where its first block does not begin on the grid, as real ones.
 */
export function nextWindow(
  { ulid, meta }: ReadableBlock,
  group: readonly ReadableBlock[],
  settings: AuditSettings,
): NextWindow | undefined {
  const newest = group.reduce((latest, block) => Math.max(latest, block.meta.maxTime), meta.maxTime);
  for (const range of COMPACTION_RANGES.slice(1)) {
    const from = windowStart(meta.minTime, range);
    const to = from + range;
    if (meta.maxTime > to) continue;
    const members = group.filter((block) => block.meta.minTime >= from && block.meta.maxTime <= to);
    if (newest >= to && !members.some((block) => block.ulid !== ulid)) continue;
    const begin = members.reduce((least, block) => Math.min(least, block.meta.minTime), meta.minTime);
    return { range, from, to, notBefore: to + healthyDelay(begin === from, settings) };
  }
  return undefined;
}

/** From the end of a window to its compaction, ms. */
export function healthyDelay(isAligned: boolean, { blockRange, consistencyDelay }: AuditSettings): number {
  const newerBlocks = isAligned ? 1 : 2;
  // A block is cut half a range after its end.
  return newerBlocks * blockRange + blockRange / 2 + UPLOAD + consistencyDelay;
}
