import type { Block } from "#blocks/block/block";
import { DELETION_MARK, MARK_FILES } from "#blocks/block/marks";
import { ulidTime } from "#blocks/block/ulid";
import { listedFiles, newestWrite, PARTIAL_DELETED_AFTER } from "#blocks/checks/partial";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { CLEANUP_TAKES_PARTIALS, cleanUp, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { age, counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const HOUR = 3_600_000;
/** An upload that has not written for so long has died, or waits for something. */
const WARNING_AFTER = 2 * HOUR;
/** So long after the compactor should have deleted it, nobody is cleaning. */
const CLEANER_GRACE = HOUR;

/**
 * `block.partial`: data without meta.json, not written to for more than 2 h. Critical once the
 * compactor's cleaner is an hour overdue. Directories with a deletion mark are deletions under way, and no finding here.
 */
export function blockPartial(model: BucketModel): readonly Finding[] {
  return blocksWith(model.parts, isPartial).flatMap((block) => {
    const silence = model.now - newestWrite(block);
    return silence > WARNING_AFTER ? [finding(block, silence, model)] : [];
  });
}

function isPartial({ state, files }: Block): boolean {
  if (state.kind !== "absent" || files.has(DELETION_MARK)) return false;
  return files.keys().some((path) => !MARK_FILES.includes(path));
}

function finding(block: Block, silence: number, model: BucketModel): Finding {
  const { ulid, files } = block;
  const isOverdue = silence > PARTIAL_DELETED_AFTER + CLEANER_GRACE;
  const written = newestWrite(block);
  const deletedAt = instant(written + PARTIAL_DELETED_AFTER);
  return {
    id: "block.partial",
    severity: isOverdue ? "critical" : "warning",
    summary: `${counted(files.size, "object")} and no meta.json; nothing was written for ${age(silence)}.`,
    labels: {},
    groupKey: null,
    blocks: [ulid],
    since: instant(written + WARNING_AFTER),
    evidence: {
      objects: listedFiles(block),
      lastWrite: instant(written),
      createdAt: instant(ulidTime(ulid)),
      deletableFrom: deletedAt,
    },
    consequence: isOverdue
      ? `The compactor should have deleted it at ${deletedAt}. A compactor that runs does so even when it is halted, so probably none runs, or it may not delete.`
      : `The block is not readable. The compactor deletes the directory at ${deletedAt}, 48 h after its last write; the samples are then only where the producer has them.`,
    remedy: isOverdue ? overdueRemedy(model, ulid) : fresherRemedy(ulid),
  };
}

function fresherRemedy(ulid: string): string {
  return steps(
    `Find the producer: <data>/${ulid} is on its disk if it is a sidecar's block, and the shipper's log names it. A running producer tries again every 30 s by itself.`,
    "If the compactor wrote it, it will make the block again; there is nothing to do.",
    "Leave the directory to the compactor's cleaner.",
  );
}

function overdueRemedy(model: BucketModel, ulid: string): string {
  return steps(
    "See whether the compactor runs, and whether its role may delete objects.",
    `If no other copy of the block is known (<data>/${ulid} on the producer's disk), keep what there is:${backUp(model, ulid)}`,
    `Then let Thanos clean up. This deletes partial uploads older than 48 h and blocks marked longer than the delete delay. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: false })}`,
  );
}
