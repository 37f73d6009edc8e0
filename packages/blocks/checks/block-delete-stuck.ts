import type { Block } from "#blocks/block/block";
import { DELETION_MARK, MARK_FILES } from "#blocks/block/marks";
import { newestWrite } from "#blocks/checks/partial";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { CLEANUP_TAKES_PARTIALS, cleanUp, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const LISTED = 100;

/** `block.delete-stuck`: data and a deletion mark but no meta.json, so a deletion that stopped half way, more than 54 h after the last write. */
export function blockDeleteStuck(model: BucketModel): readonly Finding[] {
  const stuck = blocksWith(model.parts, isHalfDeleted).filter(
    (block) => model.now - newestWrite(block) > model.settings.thresholds.deleteStuck,
  );
  return stuck.length === 0 ? [] : [finding(stuck, model)];
}

function isHalfDeleted({ state, files }: Block): boolean {
  return state.kind === "absent" && files.has(DELETION_MARK) && files.keys().some((path) => !MARK_FILES.includes(path));
}

function bytesOf({ files }: Block): number {
  return files.values().reduce((sum, { size }) => sum + size, 0);
}

function finding(stuck: readonly Block[], model: BucketModel): Finding {
  const oldest = stuck.reduce((least, block) => Math.min(least, newestWrite(block)), model.now);
  const isOne = stuck.length === 1;
  return {
    id: "block.delete-stuck",
    severity: "warning",
    summary: `The deletion of ${counted(stuck.length, "block")} stopped half way: meta.json is gone, other objects are not. The oldest was last written to at ${instant(oldest)}.`,
    labels: {},
    groupKey: null,
    blocks: stuck.map(({ ulid }) => ulid),
    since: instant(oldest + model.settings.thresholds.deleteStuck),
    evidence: {
      blocks: stuck.length,
      bytes: stuck.reduce((sum, block) => sum + bytesOf(block), 0),
      objects: stuck
        .slice(0, LISTED)
        .map((block) => ({ block: block.ulid, objects: block.files.size, bytes: bytesOf(block) })),
    },
    consequence: `Queries and compaction no longer see ${isOne ? "it" : "them"}: nothing more is lost. The bytes are paid for until somebody deletes them. A compactor that runs does so 48 h after the last write, so probably none runs, or it may not delete.`,
    remedy: steps(
      "See whether the compactor runs, and whether its role may delete objects (s3:DeleteObject); its log names the first object that it could not delete.",
      `Then let Thanos finish. This deletes blocks marked longer than the delete delay, too. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: false })}`,
    ),
  };
}
