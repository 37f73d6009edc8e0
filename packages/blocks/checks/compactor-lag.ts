import type { Outlook, Waiting } from "#blocks/compactor/outlook";
import { backlogOf } from "#blocks/compactor/progress";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { age, counted, firstOf, instant } from "#blocks/text";

/** `compactor.lag`: a compaction of this group could have been done for 6 h and is not. Critical at 48 h; 0.34 h is usual. */
export function compactorLag(model: BucketModel): readonly Finding[] {
  const { now, settings } = model;
  return model.outlooks.flatMap((outlook) => {
    const { oldest } = outlook;
    if (oldest === undefined || now - oldest.since <= settings.thresholds.compactionLag) return [];
    return [finding(outlook, oldest, model)];
  });
}

function finding({ group, plans }: Outlook, oldest: Waiting, { now, settings }: BucketModel): Finding {
  const { compactionLag, compactionLagCritical } = settings.thresholds;
  const lag = now - oldest.since;
  const backlog = backlogOf(plans);
  return {
    id: "compactor.lag",
    severity: lag > compactionLagCritical ? "critical" : "warning",
    summary: `A compaction of ${counted(oldest.blocks.length, "block")} of this group could have been done since ${instant(oldest.since)}, ${age(lag)} ago.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: oldest.blocks,
    since: instant(oldest.since + compactionLag),
    evidence: {
      eligibleSince: instant(oldest.since),
      lagMs: lag,
      compactionsToDo: backlog.runs,
      blocksToCompact: backlog.blocks,
      resolutionMs: group.resolution,
    },
    consequence:
      "Downsampling and retention of every stream wait until all groups are compacted. Queries read more and smaller blocks, and raw samples whose retention ends before they are downsampled are lost at longer ranges.",
    remedy: steps(
      `Read in the compactor's log what it does with this group: it names ${group.key}. A group that fails again and again (level=error, thanos_compact_group_compactions_failures_total) is tried first in each run, and starves those after it.`,
      `If it works and is only slow: raise --compact.concurrency, give it more CPU and disk, or divide the streams between several compactors by relabel configs (hashmod). The blocks are ${firstOf(oldest.blocks)}.`,
      "If it stands still there is a compactor.stalled too: go by that.",
    ),
  };
}
