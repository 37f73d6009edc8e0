import type { Block, ReadableBlock } from "#blocks/block/block";
import { DELETION_MARK } from "#blocks/block/marks";
import type { Finding } from "#blocks/finding";
import { readableIn } from "#blocks/groups/by-stream";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { CLEANUP_TAKES_PARTIALS, cleanUp, command, steps } from "#blocks/remedy";
import { age, counted, hours, instant } from "#blocks/text";

const LISTED = 50;

interface Overdue {
  readonly block: ReadableBlock;
  /** From when on the mark can have acted, ms: by its time, or by when it was written where that is later. */
  readonly marked: number;
}

/** `delete.overdue`: blocks that are still there 6 h after the delete delay of their mark. Critical once a mark is 7 d old. */
export function deleteOverdue(model: BucketModel): readonly Finding[] {
  const { now, settings } = model;
  const patience = settings.deleteDelay + settings.thresholds.overdueDeletion;
  const overdue = model.parts
    .flatMap(markedIn)
    .filter((one) => now - one.marked > patience)
    .sort((a, b) => a.marked - b.marked);
  const [oldest] = overdue;
  return oldest === undefined ? [] : [finding(overdue, oldest, model)];
}

const markedIn = oncePer((part: readonly Block[]): readonly Overdue[] =>
  readableIn(part).flatMap((block) => {
    const { deletionMark, files } = block;
    if (deletionMark === undefined) return [];
    return [{ block, marked: Math.max(deletionMark.time, files.get(DELETION_MARK)?.lastModified ?? 0) }];
  }),
);

function bytesOf({ block }: Overdue): number {
  return block.files.values().reduce((sum, { size }) => sum + size, 0);
}

function finding(overdue: readonly Overdue[], oldest: Overdue, { now, settings }: BucketModel): Finding {
  const { deleteDelay, thresholds } = settings;
  const due = oldest.marked + deleteDelay;
  return {
    id: "delete.overdue",
    severity: now - oldest.marked > thresholds.overdueDeletionCritical ? "critical" : "warning",
    summary: `${counted(overdue.length, "block")} should have been deleted and ${overdue.length === 1 ? "is" : "are"} still there; the first was due at ${instant(due)}, ${age(now - due)} ago.`,
    labels: {},
    groupKey: null,
    blocks: overdue.map(({ block }) => block.ulid),
    since: instant(due + thresholds.overdueDeletion),
    evidence: {
      blocks: overdue.length,
      bytes: overdue.reduce((sum, one) => sum + bytesOf(one), 0),
      deleteDelayMs: deleteDelay,
      marks: overdue.slice(0, LISTED).map(({ block, marked: at }) => ({
        block: block.ulid,
        markedAt: instant(at),
        dueAt: instant(at + deleteDelay),
        details: block.deletionMark?.details ?? "",
      })),
    },
    consequence: `The compactor deletes marked blocks at the beginning of each run. That it does not says that it is down, halted, never gets through a run, or may not delete: then nothing is compacted, downsampled or subjected to retention either. (This goes by a delete delay of ${hours(deleteDelay)}; if yours is longer, tell the audit.)`,
    remedy: steps(
      `See whether the compactor runs, and whether it has halted (thanos_compact_halted is 1 then; its probes answer 200 all the same):${command('kubectl -n monitoring logs <pod> --since=24h | grep -e "critical error detected; halting" -e level=error')}`,
      "See whether its role may delete objects (s3:DeleteObject on the whole bucket).",
      `When it runs again it deletes them by itself. Or, once, with the compactor stopped; it deletes these blocks for good: look at any delete.uncovered first. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: false })}`,
    ),
  };
}
