import type { Block } from "#blocks/block/block";
import { MARK_FILES } from "#blocks/block/marks";
import { newestWrite } from "#blocks/checks/partial";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { CLEANUP_TAKES_PARTIALS, cleanUp, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const LISTED = 100;

/** `block.orphan-mark`: marks in directories that hold nothing else, written more than 72 h ago. */
export function blockOrphanMark(model: BucketModel): readonly Finding[] {
  const { thresholds } = model.settings;
  const orphans = blocksWith(model.parts, isMarksOnly).filter(
    (block) => model.now - newestWrite(block) > thresholds.orphanMark,
  );
  return orphans.length === 0 ? [] : [finding(orphans, model)];
}

function isMarksOnly({ files }: Block): boolean {
  if (files.size === 0 || files.size > MARK_FILES.length) return false;
  return files.keys().every((path) => MARK_FILES.includes(path));
}

function finding(orphans: readonly Block[], model: BucketModel): Finding {
  const oldest = orphans.reduce((least, block) => Math.min(least, newestWrite(block)), model.now);
  return {
    id: "block.orphan-mark",
    severity: "info",
    summary: `${counted(orphans.length, "block directory", "block directories")} ${orphans.length === 1 ? "holds" : "hold"} marks and no block; the oldest was written at ${instant(oldest)}.`,
    labels: {},
    groupKey: null,
    blocks: orphans.map(({ ulid }) => ulid),
    since: instant(oldest + model.settings.thresholds.orphanMark),
    evidence: {
      directories: orphans.length,
      marks: orphans.slice(0, LISTED).flatMap(({ ulid, files }) => [...files.keys()].map((path) => `${ulid}/${path}`)),
    },
    consequence:
      "No data is concerned. A compactor that runs deletes them 48 h after their last write, halted or not: that these are older says that none runs, or that it may not delete. Each is one more directory in every listing.",
    remedy: steps(
      "See whether the compactor runs, and whether its role may delete objects.",
      `Or let Thanos clean up, once. This deletes blocks marked longer than the delete delay, too. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: false })}`,
    ),
  };
}
