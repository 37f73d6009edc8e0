import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import type { BlockGroup } from "#blocks/groups/filters";
import { type OverlapWindow, overlapWindows } from "#blocks/groups/overlaps";

/** Why two blocks overlap, as far as their metas tell. Exact duplicates are none: the compactor's deduplication hides them. */
export type OverlapClass =
  | "b-ooo"
  | "c-same-labels"
  | "d-late-upload"
  | "e-two-compactors"
  | "f-manual"
  | "g-local-compaction"
  | "h-downsampled"
  | "i-restart";

const MINUTE = 60_000;
/** A head below this share of its range is short: the producer began, or ended, inside of it. */
const WHOLE = 0.9;
const MANUAL = new Set(["bucket.upload", "bucket.rewrite", "bucket.repair"]);
const SHIPPED = new Set(["sidecar", "receive", "ruler"]);

type Pair = OverlapWindow["pairs"][number];

/** The overlaps of a group by their class; each window with the pairs of that class, and their blocks, alone. */
export function classifyOverlaps(
  group: Pick<BlockGroup, "blocks">,
  blockRange: number,
): ReadonlyMap<OverlapClass, readonly OverlapWindow[]> {
  const byClass = new Map<OverlapClass, OverlapWindow[]>();
  for (const window of overlapWindows(group)) {
    for (const [kind, pairs] of Map.groupBy(window.pairs, (pair) => classOf(pair, blockRange))) {
      // Replicas that the compactor's deduplication merges, as it is told to.
      if (kind === undefined) continue;
      const paired = new Set(pairs.flat());
      const ofKind = { ...window, pairs, blocks: window.blocks.filter((block) => paired.has(block)) };
      const windows = byClass.get(kind);
      if (windows === undefined) byClass.set(kind, [ofKind]);
      else windows.push(ofKind);
    }
  }
  return byClass;
}

function classOf(pair: Pair, blockRange: number): OverlapClass | undefined {
  const [a, b] = pair;
  if (labelsId(a.meta.labels) !== labelsId(b.meta.labels)) return undefined;
  if (a.meta.resolution > 0) return "h-downsampled";
  if (pair.some(({ meta }) => meta.hints.length > 0)) return "b-ooo";
  if (pair.some(({ meta }) => MANUAL.has(meta.source))) return "f-manual";
  if (pair.some(({ meta }) => meta.level > 1 && SHIPPED.has(meta.source))) return "g-local-compaction";
  const compacted = pair.filter(({ meta }) => meta.level > 1).length;
  if (compacted === 2) return shareSources(pair) ? "e-two-compactors" : "c-same-labels";
  if (compacted === 1) return "d-late-upload";
  return isRestart(pair, blockRange) ? "i-restart" : "c-same-labels";
}

function shareSources([a, b]: Pair): boolean {
  const sources = new Set(a.meta.sources);
  return b.meta.sources.some((source) => sources.has(source));
}

function isRestart(pair: Pair, blockRange: number): boolean {
  const [a, b] = pair;
  const isShort = ({ meta }: ReadableBlock) => meta.maxTime - meta.minTime < WHOLE * blockRange;
  return Math.abs(a.meta.minTime - b.meta.minTime) <= MINUTE && pair.some(isShort);
}
