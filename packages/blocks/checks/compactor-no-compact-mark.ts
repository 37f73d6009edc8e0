import { NO_COMPACT_MARK } from "#blocks/block/marks";
import { keptBack, keptBackFinding, liftMarks } from "#blocks/checks/kept-back";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { instant } from "#blocks/text";

const MANUAL = "manual";

/** `compactor.no-compact-mark`: live blocks that are kept from compaction: by Thanos itself, or for 30 d by hand. One per group and reason. */
export function compactorNoCompactMark(model: BucketModel): readonly Finding[] {
  const patience = (reason: string) => (reason === MANUAL ? model.settings.thresholds.manualMark : 0);
  const kept = keptBack(
    model,
    "noCompactMark",
    ({ reason, time }) => reason !== MANUAL || model.now - time > patience(MANUAL),
  );
  return kept.map((one) => ({
    id: "compactor.no-compact-mark",
    severity: "warning",
    ...keptBackFinding(one, "compaction"),
    since: instant(one.first + patience(one.reason)),
    consequence: `The compactor never compacts them, for as long as the marks are there, and what stays short is never downsampled (raw blocks below 40 h, 5 m blocks below 10 d). Queries over that time read more and smaller blocks.`,
    remedy: remedyOf(one.reason),
  }));
}

function remedyOf(reason: string): string {
  if (reason === "index-size-exceeding") {
    return steps(
      "Leave the marks: together with its neighbours such a block's index would pass 64 GiB, and the compaction fail.",
      "Lower what the stream's labels multiply to (series per block are in its meta.json), or divide the stream by an external label.",
    );
  }
  if (reason === "block-index-out-of-order-chunk") {
    return steps(
      "Leave the marks while the blocks are as they are: without them the compactor exits on out-of-order chunks, again after each restart.",
      "Look at why the producer wrote them: Prometheus before 2.39 did so for out-of-order samples, and so do broken backfills.",
    );
  }
  return steps(...liftMarks(NO_COMPACT_MARK, "the compactor takes the block up with its next run"));
}
