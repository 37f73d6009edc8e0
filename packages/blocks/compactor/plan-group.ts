import { firstOverlap, type Plan, planBlocks } from "#blocks/compactor/plan";
import { compacted, type PlanBlock } from "#blocks/compactor/plan-block";
import { COMPACTION_RANGES } from "#blocks/compactor/ranges";

/** `--compact.block-max-index-size`, bytes; "64GB" is read base 2. */
export const MAX_INDEX_BYTES = 64 * 2 ** 30;
/** The compactor leaves room for what an index grows by. */
export const INDEX_SHARE = 0.85;

export interface PlanOptions {
  /** `--compact.enable-vertical-compaction`, or any `--deduplication.replica-label`. */
  readonly vertical: boolean;
  /** Default: those of every release. */
  readonly ranges?: readonly number[];
  /** Bytes; default: that of Thanos. */
  readonly maxIndexBytes?: number;
}

/** A no-compact mark that the compactor sets while it plans. */
export interface PlannerMark {
  readonly ulid: string;
  readonly reason: "index-size-exceeding" | "downsample-vertical-compaction";
}

/**
 * Why a compaction ends nothing, so that the compactor plans it again at once, for half the delete delay (measured with
 * 0.42.4: 30 times in 4 s). Meanwhile it downsamples nothing, and deletes and retains nothing. `no-samples`: the blocks are
 * empty, and nothing comes of them. `same-sources`: what comes of one block counts as its copy, and is marked for deletion
 * as such: in the end the block is deleted with all of them, and its samples are lost.
 */
export type Repeats = "no-samples" | "same-sources";

/** What the compactor does with a group when it comes to it. */
export type GroupOutcome =
  | { readonly kind: "nothing"; readonly marks: readonly PlannerMark[] }
  | {
      readonly kind: "compact";
      readonly plan: Plan;
      /** Of the block that comes of it, ms. */
      readonly minTime: number;
      readonly maxTime: number;
      readonly marks: readonly PlannerMark[];
      readonly repeats: Repeats | null;
    }
  /** `overlap`: blocks of the group overlap, marked or not. `shared-sources`: those of the plan have sources in common. */
  | { readonly kind: "halt"; readonly reason: "overlap" | "shared-sources"; readonly blocks: readonly PlanBlock[] };

const NOTHING: GroupOutcome = { kind: "nothing", marks: [] };

/**
 * What one look of the compactor at a group leads to (thanos pkg/compact/compact.go, Group.compact): the check for
 * overlaps, the planner with its filters, the check for shared sources. `blocks`: live ones, by minTime, then ULID. A fault
 * in the files of a block can halt it still, after the plan.
 */
export function planGroup(blocks: readonly PlanBlock[], options: PlanOptions): GroupOutcome {
  // It passes over a group with one block.
  if (blocks.length < 2) return NOTHING;
  const overlapping = firstOverlap(blocks);
  if (overlapping.length > 0 && !options.vertical) return { kind: "halt", reason: "overlap", blocks: overlapping };
  const { plan, marks } = options.vertical
    ? withoutDownsampled(blocks, options)
    : withinIndexLimit(blocks, options, []);
  if (plan === undefined) return { kind: "nothing", marks };
  if (!options.vertical && hasSharedSources(plan.blocks)) {
    return { kind: "halt", reason: "shared-sources", blocks: plan.blocks };
  }
  const { minTime, maxTime } = compacted(plan.blocks, "");
  return { kind: "compact", plan, minTime, maxTime, marks, repeats: repeatsOf(plan.blocks) };
}

/** Why a compaction of these blocks ends nothing; null where it does. */
export function repeatsOf(blocks: readonly Pick<PlanBlock, "samples">[]): Repeats | null {
  if (blocks.every(({ samples }) => samples === 0)) return "no-samples";
  return blocks.length === 1 ? "same-sources" : null;
}

interface Planned {
  readonly plan: Plan | undefined;
  readonly marks: readonly PlannerMark[];
}

/**
 * verticalCompactionDownsampleFilter (pkg/compact/planner.go): overlapping downsampled blocks cannot be merged, and are
 * marked. As there, a mark for its index that a block got in one round is not heeded in the next.
 */
function withoutDownsampled(blocks: readonly PlanBlock[], options: PlanOptions): Planned {
  const marks: PlannerMark[] = [];
  const sized = new Map<string, PlannerMark>();
  for (;;) {
    const planned = withinIndexLimit(blocks, options, marks);
    for (const mark of planned.marks) sized.set(mark.ulid, mark);
    const overlapping = firstOverlap(planned.plan?.blocks ?? []);
    const downsampled =
      overlapping.length === 0 ? [] : (planned.plan?.blocks ?? []).filter(({ resolution }) => resolution > 0);
    if (downsampled.length === 0) return { plan: planned.plan, marks: [...sized.values(), ...marks] };
    for (const { ulid } of downsampled) marks.push({ ulid, reason: "downsample-vertical-compaction" });
  }
}

/** largeTotalIndexSizeFilter (pkg/compact/planner.go): the block with the largest index is marked, until the plan fits. */
function withinIndexLimit(
  blocks: readonly PlanBlock[],
  { ranges = COMPACTION_RANGES, maxIndexBytes = MAX_INDEX_BYTES }: PlanOptions,
  given: readonly PlannerMark[],
): Planned {
  const limit = indexLimit(maxIndexBytes);
  const marks: PlannerMark[] = [];
  for (;;) {
    const marked = new Set([...given, ...marks].map(({ ulid }) => ulid));
    const plan = planBlocks(
      blocks.map((block) => (marked.has(block.ulid) ? { ...block, noCompact: true } : block)),
      ranges,
    );
    const largest = plan && largestBeyond(plan.blocks, limit);
    if (largest === undefined) return { plan, marks };
    marks.push({ ulid: largest.ulid, reason: "index-size-exceeding" });
  }
}

/** From so many bytes on. */
export function indexLimit(maxIndexBytes: number): number {
  return Math.trunc(maxIndexBytes * INDEX_SHARE);
}

/** The block with the largest index of those up to where their sum reaches the limit; undefined where it does not. */
export function largestBeyond(
  blocks: readonly PlanBlock[],
  limit = indexLimit(MAX_INDEX_BYTES),
): PlanBlock | undefined {
  let sum = 0;
  let largest: PlanBlock | undefined;
  for (const block of blocks) {
    if (largest === undefined || block.indexSize > largest.indexSize) largest = block;
    sum += block.indexSize;
    if (sum >= limit) return largest;
  }
  return undefined;
}

/** DefaultCompactionLifecycleCallback.PreCompactionCallback (pkg/compact/compact.go). */
export function hasSharedSources(blocks: readonly Pick<PlanBlock, "sources">[]): boolean {
  const sources = blocks.flatMap((block) => [...block.sources]);
  return new Set(sources).size < sources.length;
}
