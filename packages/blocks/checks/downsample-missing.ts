import type { ReadableBlock } from "#blocks/block/block";
import { blockRows, firstTime, ulidsOf } from "#blocks/checks/downsample-text";
import { thereSince } from "#blocks/checks/retention-text";
import { toDownsample } from "#blocks/compactor/downsampling";
import {
  type DownsamplingStep,
  downsamplingSteps,
  longAndUndone,
  resolutionText,
} from "#blocks/compactor/downsampling-steps";
import { expiresAt } from "#blocks/compactor/retention";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { command, steps } from "#blocks/remedy";
import { age, counted, instant } from "#blocks/text";

/** `downsample.missing`: a block has been long enough to be downsampled for 6 h, and its own stream has no next resolution of it. */
export function downsampleMissing(model: BucketModel): readonly Finding[] {
  const { settings, groups, now } = model;
  if (!settings.downsampling) return [];
  const { retention } = model.retentionInUse;
  const patience = settings.thresholds.missingDownsample;
  const found = downsamplingSteps(groups).map((step) => {
    const blocks = longAndUndone(step).filter((block) => {
      if (block.noDownsampleMark !== undefined || block.deletionMark !== undefined) return false;
      const expires = expiresAt({ maxTime: block.meta.maxTime, resolution: step.to }, retention);
      return (expires === undefined || expires > now) && now - thereSince(block, settings) > patience;
    });
    return { step, blocks };
  });
  if (found.every(({ blocks }) => blocks.length === 0)) return [];
  // Thanos looks among the blocks of all streams.
  const due = new Set(toDownsample(groups.flatMap(({ blocks }) => blocks)).map(({ ulid }) => ulid));
  return found.flatMap(({ step, blocks }) => (blocks.length === 0 ? [] : [finding(step, { blocks, due, model })]));
}

interface Missing {
  readonly blocks: readonly ReadableBlock[];
  readonly due: ReadonlySet<string>;
  readonly model: BucketModel;
}

function finding({ labels, from, to }: DownsamplingStep, { blocks, due, model }: Missing): Finding {
  const { now, settings } = model;
  const first = firstTime(blocks.map((block) => thereSince(block, settings)));
  const unseen = blocks.filter(({ ulid }) => !due.has(ulid));
  const name = resolutionText(to);
  return {
    id: "downsample.missing",
    severity: "warning",
    summary: `${counted(blocks.length, `${resolutionText(from.resolution)} block`)} of this stream ${blocks.length === 1 ? "is" : "are"} long enough for ${name} samples and ${blocks.length === 1 ? "has" : "have"} none, the first since ${instant(first)}, ${age(now - first)} ago.`,
    labels,
    groupKey: from.key,
    blocks: ulidsOf(blocks),
    since: instant(first + settings.thresholds.missingDownsample),
    evidence: {
      blocks: blocks.length,
      resolutionMs: from.resolution,
      missingResolutionMs: to,
      notSeenByTheCompactor: unseen.map(({ ulid }) => ulid),
      rows: blockRows(blocks),
    },
    consequence: `Queries over long ranges of this time have no ${name} samples: they read ${resolutionText(from.resolution)} ones, slowly, or find nothing at max_source_resolution=${name.replace(" ", "")}. What the retention of ${resolutionText(from.resolution)} samples deletes before is lost.${unseen.length === 0 ? "" : ` ${counted(unseen.length, "block")} of them will never be made: another stream's ${name} blocks have the same sources, and the compactor looks no further.`}`,
    remedy: steps(
      `See whether the compactor gets as far as downsampling, and what it says there; a bad chunk or index makes it exit at this point:${command("kubectl -n monitoring logs <pod> --since=24h | grep -e downsampl -e level=error")}`,
      "If it never gets there: compactor.stalled, compactor.lag, compactor.backlog or compactor.churn says what comes before.",
      "If only this block is left out again and again, its files are at fault (block.incomplete, block.size-mismatch): put them right from a copy.",
      ...(unseen.length === 0
        ? []
        : [
            "Blocks that it does not see as missing: their sources are among those of another stream (labels that were changed by a rewrite or a copy). Mark the downsampled blocks of that stream that should not be there, after a copy of each; the compactor then makes both anew.",
          ]),
    ),
  };
}
