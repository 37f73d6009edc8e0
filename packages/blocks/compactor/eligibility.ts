import type { ReadableBlock } from "#blocks/block/block";
import { ulidTime } from "#blocks/block/ulid";
import { META_FILE } from "#blocks/bucket/directories";
import type { Plan } from "#blocks/compactor/plan";
import { COMPACTION_RANGES, windowStart } from "#blocks/compactor/ranges";
import { type ConsistencyDelay, visibleFrom } from "#blocks/groups/filters";
import type { AuditSettings } from "#config/audit-settings";

const MINUTE = 60_000;
/** From the cut of a block to its upload in a healthy stream. */
const UPLOAD = MINUTE;

/**
 * Makes the function that tells since when the compactor could have carried out a plan of this group, ms: all blocks of it
 * were visible, and so many newer ones that the window was taken for complete: one where the blocks fill it from end to end,
 * else two. `group`: its live blocks, by minTime. A newer raw block that was itself compacted since counts by the times in
 * the ULIDs of its sources; a downsampled one cannot, as it came long after them.
 */
export function eligibilityOf(group: readonly ReadableBlock[], settings: ConsistencyDelay): (plan: Plan) => number {
  const byUlid = new Map(group.map((block) => [block.ulid, block]));
  const newerThan = witnessesOf(group, settings);
  return (plan) => {
    const members = plan.blocks.flatMap(({ ulid }) => byUlid.get(ulid) ?? []);
    const all = latest(members.map((block) => ownVisible(block, settings)));
    const last = plan.blocks.at(-1);
    const [first] = plan.blocks;
    const isWindow = plan.reason.kind === "window" && first !== undefined && last !== undefined;
    const isFull = isWindow && plan.reason.kind === "window" && last.maxTime - first.minTime === plan.reason.range;
    const newer = isWindow ? newerThan(isFull ? last.minTime + 1 : last.maxTime) : [];
    const since = Math.max(all, newer[isFull ? 0 : 1] ?? all);
    return Number.isFinite(since) ? since : latest(members.map(({ ulid }) => ulidTime(ulid)));
  };
}

/** The two earliest times at which a block that begins at `from` or later was visible, ms. */
function witnessesOf(group: readonly ReadableBlock[], settings: ConsistencyDelay): (from: number) => readonly number[] {
  // From the newest block on, as far as it was asked for: nearly always that is a few.
  const earliest: (readonly number[])[] = [];
  const earliestOf = (count: number): readonly number[] => {
    for (const block of group.slice(Math.max(0, group.length - count), group.length - earliest.length).reverse()) {
      const times = [...(earliest.at(-1) ?? []), ...witnessTimes(block, settings)];
      earliest.push(times.sort((a, b) => a - b).slice(0, 2));
    }
    return earliest[count - 1] ?? [];
  };
  return (from) => {
    let [low, high] = [0, group.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((group[middle]?.meta.minTime ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return earliestOf(group.length - low);
  };
}

function latest(times: readonly number[]): number {
  return times.reduce((last, time) => Math.max(last, time), Number.NEGATIVE_INFINITY);
}

/** When the compactor could see a block; a raw one that it made itself as soon as it could make it. */
function ownVisible(block: ReadableBlock, settings: ConsistencyDelay): number {
  if (!isCompacted(block)) return uploadedAndVisible(block, settings);
  return block.meta.resolution === 0 ? Number.NEGATIVE_INFINITY : ulidTime(block.ulid);
}

function witnessTimes(block: ReadableBlock, settings: ConsistencyDelay): readonly number[] {
  if (!isCompacted(block)) return [uploadedAndVisible(block, settings)];
  if (block.meta.resolution > 0) return [ulidTime(block.ulid)];
  return block.meta.sources.map((source) => ulidTime(source) + UPLOAD + settings.consistencyDelay);
}

/** What was copied into the bucket, or uploaded by a Thanos before 0.40, was not there as early as its meta.json says. */
function uploadedAndVisible(block: ReadableBlock, settings: ConsistencyDelay): number {
  return Math.max(visibleFrom(block, settings), block.files.get(META_FILE)?.lastModified ?? 0);
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
