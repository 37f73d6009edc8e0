import { allowsOverlaps, overlapEvidence, overlapSummary, ulidsOf } from "#blocks/checks/overlap-text";
import { type BlockGroup, uploadedAt } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { type OverlapWindow, overlapSince, overlapWindows } from "#blocks/overlaps";
import { steps } from "#blocks/remedy";
import { instant } from "#blocks/text";

/**
 * `overlap`: blocks of one group cover the same time, as the compactor sees them. Not classified yet. Exact duplicates
 * (same sources) never come here: the compactor's deduplication hides them, and so do our filters.
 */
export function overlap(model: BucketModel): readonly Finding[] {
  return model.groups.flatMap((group) => {
    const windows = overlapWindows(group);
    return windows.length === 0 ? [] : [finding(group, windows, model)];
  });
}

function finding(group: BlockGroup, windows: readonly OverlapWindow[], model: BucketModel): Finding {
  const isAllowed = allowsOverlaps(model);
  return {
    id: "overlap",
    severity: isAllowed ? "info" : "critical",
    summary: overlapSummary(windows),
    labels: group.labels,
    groupKey: group.key,
    blocks: ulidsOf(windows),
    since: instant(overlapSince(windows, uploadedAt)),
    evidence: overlapEvidence(windows, model),
    consequence: isAllowed
      ? "The compactor merges them, since vertical compaction is on. If two producers share these labels, it merges two different Prometheus into one, for good."
      : "The compactor cannot compact this group and halts on it (see compactor.will-halt). Queries over these windows mix the blocks.",
    remedy: steps(
      "Level-1 blocks of about the same range, window after window: two producers upload under the same external labels. Find the second one and give it a replica label of its own, before anything else. Do not turn vertical compaction on first.",
      "A level-1 block inside a compacted one: a late upload, or a block that somebody copied in. Its samples may be in the compacted block or not: compare before you give one up.",
      'Blocks with the hint "from-out-of-order": Prometheus takes out-of-order samples; the compactor then needs --compact.enable-vertical-compaction.',
      "Several short blocks with one minTime: a Prometheus that lost its disk at a restart.",
    ),
  };
}
