import type { ReadableBlock } from "#blocks/block/block";
import { retentionEvidence, thereSince } from "#blocks/checks/retention-text";
import { expiresAt, type RetentionInUse, retentionOf } from "#blocks/compactor/retention";
import type { Finding } from "#blocks/finding";
import type { BlockGroup, ConsistencyDelay } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { command, steps } from "#blocks/remedy";
import { age, counted, instant } from "#blocks/text";

const LISTED = 50;

interface Overdue {
  readonly block: ReadableBlock;
  /** When the compactor could first mark it, ms. */
  readonly due: number;
}

/** `retention.overdue`: blocks have outlived their retention by 24 h and have no mark. One incident: retention is the last thing of a run. */
export function retentionOverdue(model: BucketModel): readonly Finding[] {
  const { now, settings } = model;
  const overdue = dueBefore(now - settings.thresholds.overdueRetention, model).sort(firstDueFirst);
  const [oldest] = overdue;
  return oldest === undefined ? [] : [finding(overdue, oldest, model)];
}

function dueBefore(time: number, { settings, groups, retentionInUse: { retention } }: BucketModel): Overdue[] {
  const { consistencyDelay } = settings;
  return groups.flatMap((group) => {
    if (retentionOf(group.resolution, retention) === 0) return [];
    const inOrder = unmarkedIn(group, { ...retention, consistencyDelay });
    const later = inOrder.findIndex(({ due }) => due >= time);
    return later < 0 ? inOrder : inOrder.slice(0, later);
  });
}

const unmarkedIn = oncePer(
  ({ blocks }: BlockGroup, given: RetentionInUse["retention"] & ConsistencyDelay): readonly Overdue[] =>
    blocks
      .flatMap((block) => {
        const expires = expiresAt(block.meta, given);
        if (expires === undefined || block.deletionMark !== undefined) return [];
        return [{ block, due: Math.max(expires, thereSince(block, given)) }];
      })
      .sort(firstDueFirst),
);

function firstDueFirst(a: Overdue, b: Overdue): number {
  return a.due - b.due || (a.block.ulid < b.block.ulid ? -1 : 1);
}

function finding(overdue: readonly Overdue[], oldest: Overdue, model: BucketModel): Finding {
  const { now, settings } = model;
  const bytes = overdue.reduce((sum, { block }) => sum + bytesOf(block), 0);
  return {
    id: "retention.overdue",
    severity: "warning",
    summary: `${counted(overdue.length, "block")} ${overdue.length === 1 ? "has" : "have"} outlived the retention and ${overdue.length === 1 ? "is" : "are"} not marked; the first was due at ${instant(oldest.due)}, ${age(now - oldest.due)} ago.`,
    labels: {},
    groupKey: null,
    blocks: overdue.map(({ block }) => block.ulid),
    since: instant(oldest.due + settings.thresholds.overdueRetention),
    evidence: {
      blocks: overdue.length,
      bytes,
      ...retentionEvidence(model),
      due: overdue.slice(0, LISTED).map(({ block, due }) => ({
        block: block.ulid,
        dueAt: instant(due),
        maxTime: instant(block.meta.maxTime),
        resolutionMs: block.meta.resolution,
      })),
    },
    consequence:
      "They stay, and are paid for. The compactor applies retention at the end of each run, after all compaction and downsampling: that it does not says that it never gets that far. (If you lengthened the retention, tell the audit.)",
    remedy: steps(
      `See how far the compactor gets; its log says "start of compactions", "start of first pass of downsampling" and "start optional retention" in this order:${command('kubectl -n monitoring logs <pod> --since=24h | grep -e "start of" -e "start optional retention" -e level=error')}`,
      "Mend what comes before: compactor.stalled, compactor.lag, compactor.backlog or compactor.churn says what.",
      "When it gets through a run it marks them by itself, and deletes them --delete-delay later.",
    ),
  };
}

function bytesOf({ files }: ReadableBlock): number {
  return files.values().reduce((sum, { size }) => sum + size, 0);
}
