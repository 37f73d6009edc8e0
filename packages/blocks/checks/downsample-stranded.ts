import type { ReadableBlock } from "#blocks/block/block";
import { blockRows, firstTime, ulidsOf } from "#blocks/checks/downsample-text";
import { retentionEvidence, thereSince } from "#blocks/checks/retention-text";
import { type DownsamplingStep, downsamplingSteps, lengthOf, undone } from "#blocks/compactor/downsampling-steps";
import type { Finding } from "#blocks/finding";
import type { BlockGroup, ConsistencyDelay } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { RETIRED_AFTER } from "#blocks/streams/verdict";
import { counted, hours, instant } from "#blocks/text";

/**
 * `downsample.stranded`: a stream has had no block for 7 d, and its last raw blocks are below 40 h: nothing comes any more that
 * they could be compacted with. A warning where raw samples are deleted before those of 5 m, which there are none of.
 */
export function downsampleStranded(model: BucketModel): readonly Finding[] {
  const { settings, groups, outlooks, now } = model;
  if (!settings.downsampling) return [];
  const { consistencyDelay } = settings;
  const planned = new Set(
    outlooks.flatMap(({ plans }) => plans.flatMap(({ blocks }) => blocks.map(({ ulid }) => ulid))),
  );
  return downsamplingSteps(groups).flatMap((step) => {
    if (step.from.resolution !== 0 || now - step.from.newest <= RETIRED_AFTER) return [];
    if (now - lastSign(step.from, { consistencyDelay }) <= RETIRED_AFTER) return [];
    const lacks = undone(step);
    const blocks = step.from.blocks.filter(
      (block) =>
        block.deletionMark === undefined &&
        lengthOf(block) < step.shortest &&
        !planned.has(block.ulid) &&
        lacks(block).length > 0,
    );
    return blocks.length === 0 ? [] : [finding(step, blocks, model)];
  });
}

/** When the stream last ended or came: a backfill is long over when it comes. */
const lastSign = oncePer(({ blocks, newest }: BlockGroup, settings: ConsistencyDelay) =>
  blocks.reduce((last, block) => Math.max(last, thereSince(block, settings)), newest),
);

function finding(step: DownsamplingStep, blocks: readonly ReadableBlock[], model: BucketModel): Finding {
  const { labels, from } = step;
  const { consistencyDelay } = model.settings;
  const { retention } = model.retentionInUse;
  const isLost = retention.raw > 0 && (retention["5m"] === 0 || retention["5m"] > retention.raw);
  const end = from.newest;
  return {
    id: "downsample.stranded",
    severity: isLost ? "warning" : "info",
    summary: `The stream ended at ${instant(end)}, and its last ${counted(blocks.length, "raw block")} ${blocks.length === 1 ? "is" : "are"} too short to be downsampled.`,
    labels,
    groupKey: from.key,
    blocks: ulidsOf(blocks),
    since: instant(lastSign(from, { consistencyDelay }) + RETIRED_AFTER),
    evidence: {
      blocks: blocks.length,
      ended: instant(end),
      hours: Math.round(blocks.reduce((sum, block) => sum + lengthOf(block), 0) / 3_600_000),
      ...retentionEvidence(model),
      rows: blockRows(blocks),
    },
    consequence: isLost
      ? `The last hours of the stream are deleted with the raw samples, ${hours(retention.raw)} after they end, the first at ${instant(firstTime(blocks.map(({ meta }) => meta.maxTime)) + retention.raw)}; there will be no 5 m samples of them.`
      : "Queries that ask for downsampled samples alone do not find the last hours of this stream. Nothing is lost for as long as raw samples are kept.",
    remedy: steps(
      "If the stream is meant to go on under these labels, see upload.silent: with its next blocks this ends by itself.",
      "If it went on under others (labels.changed) or is gone, there is nothing to be done by Thanos's tools: no command downsamples a block below 40 h (thanos#1555, thanos#2413).",
      ...(isLost ? ["If the last hours are wanted, copy these blocks out of the bucket before they expire."] : []),
    ),
  };
}
