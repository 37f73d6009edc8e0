import { NO_DOWNSAMPLE_MARK } from "#blocks/block/marks";
import { keptBack, keptBackFinding, liftMarks } from "#blocks/checks/kept-back";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { instant } from "#blocks/text";

/** `downsample.marked`: live blocks that have been kept from downsampling for 30 d. One per group and reason. */
export function downsampleMarked(model: BucketModel): readonly Finding[] {
  const { noDownsampleMark: patience } = model.settings.thresholds;
  const kept = keptBack(model, "noDownsampleMark", ({ time }) => model.now - time > patience);
  return kept.map((one) => ({
    id: "downsample.marked",
    severity: "info",
    ...keptBackFinding(one, "downsampling"),
    since: instant(one.first + patience),
    consequence:
      "The compactor makes no downsampled samples of them for as long as the marks are there. Where they are downsampled themselves it does not count their sources as done either: it makes the same block anew in every run, twice (tried with Thanos 0.42.4). What raw retention deletes of this time is lost at longer ranges.",
    remedy: steps(...liftMarks(NO_DOWNSAMPLE_MARK, "the compactor downsamples the block at the end of its next run")),
  }));
}
