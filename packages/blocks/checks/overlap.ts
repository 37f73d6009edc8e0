import { blocksOf, overlapEvidence, overlapSummary, ulidsOf } from "#blocks/checks/overlap-text";
import { type BlockGroup, uploadedAt } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import { labelsId } from "#blocks/labels";
import { allowsOverlaps, type BucketModel } from "#blocks/model";
import { type OverlapWindow, overlapSince, overlapWindows } from "#blocks/overlaps";
import { steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

/** So many windows with two producers' blocks are no accident. */
const WINDOWS_OF_TWO_PRODUCERS = 3;

/**
 * `overlap`: blocks of one group cover the same time, as the compactor sees them. Not classified yet. Exact duplicates
 * (same sources) never come here: the compactor's deduplication hides them, and so do our filters. With vertical
 * compaction on it is an info, but for what that cannot or must not merge.
 */
export function overlap(model: BucketModel): readonly Finding[] {
  return model.groups.flatMap((group) => {
    const windows = overlapWindows(group);
    return windows.length === 0 ? [] : [finding(group, windows, model)];
  });
}

/** Downsampled blocks, compacted blocks with some sources in common, two producers under the same labels. */
function mustNotMerge({ resolution }: BlockGroup, windows: readonly OverlapWindow[]): boolean {
  const pairs = windows.map((window) => window.pairs.filter(haveSameLabels));
  if (resolution > 0) return pairs.flat().length > 0;
  return pairs.flat().some(shareSources) || pairs.filter(hasTwoProducers).length >= WINDOWS_OF_TWO_PRODUCERS;
}

type Pair = OverlapWindow["pairs"][number];

function haveSameLabels([a, b]: Pair): boolean {
  return labelsId(a.meta.labels) === labelsId(b.meta.labels);
}

function shareSources([a, b]: Pair): boolean {
  const sources = new Set(a.meta.sources);
  return b.meta.sources.some((source) => sources.has(source));
}

function hasTwoProducers(pairs: readonly Pair[]): boolean {
  return pairs.some(
    ([{ meta: a }, { meta: b }]) =>
      [a, b].every(({ level, hints }) => level <= 1 && hints.length === 0) &&
      (a.samples !== b.samples || a.series !== b.series || a.chunks !== b.chunks),
  );
}

function finding(group: BlockGroup, windows: readonly OverlapWindow[], model: BucketModel): Finding {
  const isMerged = allowsOverlaps(model);
  const isAllowed = isMerged && !mustNotMerge(group, windows);
  return {
    id: "overlap",
    severity: isAllowed ? "info" : "critical",
    summary: overlapSummary(windows),
    labels: group.labels,
    groupKey: group.key,
    blocks: ulidsOf(windows),
    since: instant(Math.min(model.now, overlapSince(windows, uploadedAt))),
    evidence: overlapEvidence(windows, model),
    consequence: isMerged
      ? mergedConsequence(group, windows)
      : "The compactor cannot compact this group and halts on it (see compactor.will-halt). Queries over these windows mix the blocks.",
    remedy: steps(
      "Level-1 blocks of about the same range, window after window: two producers upload under the same external labels. Find the second one and give it a replica label of its own, before anything else. Do not turn vertical compaction on first.",
      "A level-1 block inside a compacted one: a late upload, or a block that somebody copied in. Its samples may be in the compacted block or not: compare before you give one up.",
      'Blocks with the hint "from-out-of-order": Prometheus takes out-of-order samples; the compactor then needs --compact.enable-vertical-compaction.',
      "Several short blocks with one minTime: a Prometheus that lost its disk at a restart.",
    ),
  };
}

/** With vertical compaction on (measured with Thanos 0.42.4). */
function mergedConsequence({ resolution, blocks }: BlockGroup, windows: readonly OverlapWindow[]): string {
  if (resolution > 0) {
    return "The compactor does not merge downsampled blocks, vertical compaction or not: it marks them and passes them over. Queries over these windows mix the blocks.";
  }
  const marked = blocksOf(windows).filter(({ noCompactMark }) => noCompactMark !== undefined).length;
  const merged = overlapWindows({ blocks: blocks.filter(({ noCompactMark }) => noCompactMark === undefined) });
  const passedOver = `${counted(marked, "block")} here ${marked === 1 ? "has" : "have"} a no-compact mark, and the compactor passes ${marked === 1 ? "it" : "them"} over`;
  if (merged.length === 0) {
    return `Nothing is merged, though vertical compaction is on: ${passedOver}. Queries over these windows mix the blocks for as long as a mark is there.`;
  }
  const whom = marked === 0 ? "them" : "the others";
  return `${marked === 0 ? "" : `${passedOver}. `}The compactor merges ${whom}, since vertical compaction is on. If two producers share these labels, it merges two different Prometheus into one, for good.`;
}
