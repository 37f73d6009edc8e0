import { OVERLAPS, type OverlapText } from "#blocks/checks/overlap-classes";
import { blocksOf, overlapEvidence, overlapSummary, ulidsOf } from "#blocks/checks/overlap-text";
import type { Finding } from "#blocks/finding";
import { type BlockGroup, uploadedAt } from "#blocks/groups/filters";
import { classifyOverlaps } from "#blocks/groups/overlap-class";
import { type OverlapWindow, overlapSince, overlapWindows } from "#blocks/groups/overlaps";
import { allowsOverlaps, type BucketModel, overlapping } from "#blocks/model";
import { counted, instant } from "#blocks/text";

/** So many windows with two producers' blocks are no accident. */
const WINDOWS_OF_TWO_PRODUCERS = 3;

/**
 * `overlap.*`: blocks of one group cover the same time, as the compactor sees them; one finding per group and class. Exact
 * duplicates (same sources) never come here: the compactor's deduplication hides them, and so do our filters. With
 * vertical compaction on it is an info, but for what that cannot or must not merge.
 */
export function overlap(model: BucketModel): readonly Finding[] {
  return overlapping(model).flatMap((group) =>
    [...classifyOverlaps(group, model.settings.blockRange)].map(([kind, windows]) =>
      finding(group, { text: OVERLAPS[kind], windows, model }),
    ),
  );
}

interface Classified {
  readonly text: OverlapText;
  readonly windows: readonly OverlapWindow[];
  readonly model: BucketModel;
}

/** Downsampled blocks, compacted blocks with some sources in common, two producers under the same labels. */
function mustNotMerge({ id }: OverlapText, windows: readonly OverlapWindow[]): boolean {
  if (id === "overlap.c-same-labels") {
    return windows.filter(hasTwoProducers).length >= WINDOWS_OF_TWO_PRODUCERS;
  }
  return id === "overlap.e-two-compactors" || id === "overlap.h-downsampled";
}

function hasTwoProducers({ pairs }: OverlapWindow): boolean {
  return pairs.some(
    ([{ meta: a }, { meta: b }]) => a.samples !== b.samples || a.series !== b.series || a.chunks !== b.chunks,
  );
}

function finding(group: BlockGroup, { text, windows, model }: Classified): Finding {
  const isMerged = allowsOverlaps(model);
  const isAllowed = isMerged && !mustNotMerge(text, windows);
  return {
    id: text.id,
    severity: isAllowed ? "info" : "critical",
    summary: `${overlapSummary(windows)} ${text.cause}`,
    labels: group.labels,
    groupKey: group.key,
    blocks: ulidsOf(windows),
    since: instant(Math.min(model.now, overlapSince(windows, uploadedAt))),
    evidence: overlapEvidence(windows, model),
    consequence: isMerged
      ? mergedConsequence(group, windows)
      : "The compactor cannot compact this group and halts on it (see compactor.will-halt). Queries over these windows mix the blocks.",
    remedy: text.remedy(model),
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
