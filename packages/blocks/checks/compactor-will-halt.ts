import { blocksOf, overlapEvidence, overlapSummary, ulidsOf } from "#blocks/checks/overlap-text";
import { sharedSources } from "#blocks/checks/shared-sources";
import type { Finding } from "#blocks/finding";
import { type BlockGroup, visibleFrom } from "#blocks/groups/filters";
import { type OverlapWindow, overlapSince, overlapWindows } from "#blocks/groups/overlaps";
import { allowsOverlaps, type BucketModel, overlapping } from "#blocks/model";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { age, counted, instant } from "#blocks/text";

// A placeholder that no shell takes: which block to give up is never ours to say, and commands get pasted.
const CHOSEN = "<ULID>";

/**
 * `compactor.will-halt`: vertical compaction is off, and a group has overlapping blocks, or blocks that are to be compacted
 * together have sources in common (thanos pkg/compact/compact.go, the checks before each compaction of a group). A
 * no-compact mark does not end an overlap; a deletion mark only once it has taken effect.
 */
export function compactorWillHalt(model: BucketModel): readonly Finding[] {
  if (allowsOverlaps(model)) return [];
  const overlaps = overlapping(model).flatMap((group) => {
    const windows = overlapWindows(group);
    return windows.length === 0 ? [] : [finding(group, windows, model)];
  });
  return [...overlaps, ...model.outlooks.flatMap((outlook) => sharedSources(outlook, model))];
}

function finding(group: BlockGroup, windows: readonly OverlapWindow[], model: BucketModel): Finding {
  const { settings, now } = model;
  // A producer's clock that is ahead gives a time to come.
  const since = Math.min(
    now,
    overlapSince(windows, (block) => visibleFrom(block, settings)),
  );
  return {
    id: "compactor.will-halt",
    severity: "critical",
    summary: `${overlapSummary(windows)} Vertical compaction is off.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: ulidsOf(windows),
    since: instant(since),
    evidence: { ...overlapEvidence(windows, model), triedWith: "Thanos 0.42.4" },
    consequence: `The compactor halts at its next look at this group (within ${age(settings.waitInterval)}), or has halted since ${instant(since)}; its log names group ${group.key}. Compaction, downsampling, retention and deletion then stop for every stream. It goes on answering its probes with 200, and does not end on SIGTERM.`,
    remedy: remedyOf(windows, model),
  };
}

function remedyOf(windows: readonly OverlapWindow[], model: BucketModel): string {
  const blocks = blocksOf(windows);
  const marked = blocks.filter(({ deletionMark }) => deletionMark !== undefined).length;
  const already =
    marked === 0
      ? ""
      : ` ${counted(marked, "block")} here ${marked === 1 ? "has" : "have"} a mark; the evidence says from when on each is passed over.`;
  return steps(
    "Stop the cause first, or it comes back: two producers with the same external labels (give one a replica label of its own), two compactors, blocks copied in by hand. Do not turn vertical compaction on for two producers: it merges two different Prometheus into one.",
    "Choose in each window which block to keep: the evidence has samples, series and upload time of each. Only you can know which producer is the right one.",
    `Stop the compactor (it may need SIGKILL). Copy each block that you give up out of the bucket; its samples are lost otherwise:${backUp(model, CHOSEN)}`,
    `Mark each of them for deletion. A no-compact mark does not end the halt.${already}${markForDeletion(CHOSEN, "overlap")}`,
    markTakesTime(model),
    "Start the compactor again: a halted one does not recover by itself.",
  );
}
