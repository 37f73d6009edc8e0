import type { Block } from "#blocks/block/block";
import type { Outlook } from "#blocks/compactor/outlook";
import { backlogOf } from "#blocks/compactor/progress";
import type { Finding } from "#blocks/finding";
import { readableIn } from "#blocks/groups/by-stream";
import { uploadedAt } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { command, steps } from "#blocks/remedy";
import { age, counted, instant } from "#blocks/text";

/**
 * `compactor.stalled`: some compaction could have been done for 6 h, and the compactor has uploaded nothing for as long.
 * Critical at 24 h. A halted compactor and a dead one look the same from the bucket. One that only leaves a group out
 * uploads others meanwhile: a compaction that waited already then is no sign (`compactor.lag` tells of it).
 */
export function compactorStalled(model: BucketModel): readonly Finding[] {
  const { outlooks, now, settings } = model;
  const { stalled } = settings.thresholds;
  const last = lastCompaction(model);
  const oldest = outlooks.reduce<Waits | undefined>((first, outlook) => {
    const waits = outlook.oldest && { ...outlook.oldest, outlook };
    if (waits === undefined || (last !== undefined && waits.since < last - stalled)) return first;
    return first === undefined || waits.since < first.since ? waits : first;
  }, undefined);
  if (oldest === undefined) return [];
  const idle = now - Math.max(oldest.since, last ?? oldest.since);
  return idle > stalled ? [finding(oldest, { last, idle, model })] : [];
}

interface Waits extends NonNullable<Outlook["oldest"]> {
  readonly outlook: Outlook;
}

/** When the compactor uploaded its newest block, compacted or downsampled, ms. */
function lastCompaction({ parts }: BucketModel): number | undefined {
  const last = parts.reduce((latest, part) => Math.max(latest, lastCompactionIn(part)), Number.NEGATIVE_INFINITY);
  return Number.isFinite(last) ? last : undefined;
}

const lastCompactionIn = oncePer((part: readonly Block[]) =>
  readableIn(part).reduce(
    (last, block) => (block.meta.source === "compactor" ? Math.max(last, uploadedAt(block)) : last),
    Number.NEGATIVE_INFINITY,
  ),
);

interface Stall {
  readonly last: number | undefined;
  /** For how long both have held, ms. */
  readonly idle: number;
  readonly model: BucketModel;
}

function finding(oldest: Waits, { last, idle, model }: Stall): Finding {
  const { now, settings, outlooks, readable } = model;
  const { group } = oldest.outlook;
  const backlog = backlogOf(outlooks.flatMap(({ plans }) => plans));
  const overdue = readable.filter(({ deletionMark: mark }) => mark && now - mark.time > settings.deleteDelay).length;
  return {
    id: "compactor.stalled",
    severity: idle > settings.thresholds.stalledCritical ? "critical" : "warning",
    summary: `The compactor could have compacted a group since ${instant(oldest.since)} and has uploaded ${last === undefined ? "no block at all" : `nothing since ${instant(last)}`}.`,
    labels: {},
    groupKey: null,
    blocks: oldest.blocks,
    since: instant(now - idle + settings.thresholds.stalled),
    evidence: {
      eligibleSince: instant(oldest.since),
      lastUpload: last === undefined ? null : instant(last),
      waitingGroups: outlooks.length,
      compactionsToDo: backlog.runs,
      blocksToCompact: backlog.blocks,
      overdueDeletions: overdue,
      group: group.key,
      labels: group.labels,
    },
    consequence: `It is halted, down, or never gets through a run; ${counted(outlooks.length, "group")} ${outlooks.length === 1 ? "waits" : "wait"}. While it stands still nothing is compacted, downsampled, subjected to retention or deleted: the bucket grows by every head (${age(idle)} of them so far), and what is never downsampled before the retention of raw samples ends is lost.`,
    remedy: steps(
      `See whether it has halted (thanos_compact_halted is 1 then; its probes answer 200 all the same), and on which group:${command('kubectl -n monitoring logs <pod> --since=24h | grep -e "critical error detected; halting" -e level=error')}`,
      `If the log names a group, look for its compactor.will-halt, block.incomplete or block.size-mismatch: they have the remedy. The group that has waited longest is ${group.key}.`,
      "If there is no such line: is its pod there, has it room on its disk (compaction needs about twice its largest group), memory, and leave to read and write the bucket (s3:PutObject, s3:DeleteObject)?",
      "Start it again once the cause is gone: a halted compactor does not recover by itself, and does not end on SIGTERM. It catches up alone, the shortest windows first.",
    ),
  };
}
