import type { ReadableBlock } from "#blocks/block/block";
import { blockRows, firstTime, ulidsOf } from "#blocks/checks/downsample-text";
import { retentionEvidence, thereSince } from "#blocks/checks/retention-text";
import {
  type DownsamplingStep,
  downsamplingSteps,
  lengthOf,
  resolutionText,
  undone,
} from "#blocks/compactor/downsampling-steps";
import { healthyDelay } from "#blocks/compactor/eligibility";
import { windowStart } from "#blocks/compactor/ranges";
import { expiresAt, type RetentionInUse, retentionOf, waitsForTwo } from "#blocks/compactor/retention";
import type { Finding } from "#blocks/finding";
import type { Interval } from "#blocks/intervals";
import type { BucketModel } from "#blocks/model";
import { downsampleNow, removeMark, steps } from "#blocks/remedy";
import { RETIRED_AFTER } from "#blocks/streams/verdict";
import { age, counted, instant } from "#blocks/text";

const HOUR = 3_600_000;
const LONGEST = 336 * HOUR;
/** In which blocks get long enough: 2 d for raw ones, 14 d for those of 5 m; ms. */
const WINDOW = { 0: 48 * HOUR, 300000: LONGEST, 3600000: LONGEST };

interface Expiring {
  readonly block: ReadableBlock;
  readonly expires: number;
}

/**
 * `retention.expires-undownsampled`: blocks whose retention ends within 7 d, and which should have been downsampled by now and
 * are not. What a compactor that is on time still comes to is left out, as is a stream that ended (`downsample.stranded`).
 */
export function retentionExpiresUndownsampled(model: BucketModel): readonly Finding[] {
  const { settings, groups } = model;
  if (!settings.downsampling) return [];
  const { retention } = model.retentionInUse;
  return downsamplingSteps(groups).flatMap((step) => {
    const expiring = expiringOf(step, { retention, model });
    return expiring.length === 0 ? [] : [finding(step, expiring, model)];
  });
}

interface Given {
  readonly retention: RetentionInUse["retention"];
  readonly model: BucketModel;
}

function expiringOf(step: DownsamplingStep, { retention, model }: Given): readonly Expiring[] {
  const { now, settings } = model;
  if (retentionOf(step.from.resolution, retention) === 0) return [];
  const expiring = step.from.blocks.flatMap((block) => {
    const expires = expiresAt(block.meta, retention);
    return expires === undefined || expires - now > settings.thresholds.undownsampledExpiry ? [] : [{ block, expires }];
  });
  if (expiring.length === 0) return [];
  const lacks = undone(step);
  const dueFrom = dueIn(step, { retention, model });
  const isOver = now - step.from.newest > RETIRED_AFTER;
  return expiring.filter(
    ({ block }) => !(isOver && lengthOf(block) < step.shortest) && now > dueFrom(block) && lacks(block).length > 0,
  );
}

/** Makes the function that tells from when on a healthy compactor has downsampled a block, ms. */
function dueIn(step: DownsamplingStep, { retention, model }: Given): (block: ReadableBlock) => number {
  const { settings } = model;
  const patience = settings.thresholds.missingDownsample;
  const range = WINDOW[step.from.resolution];
  const isLong = longWindows(step, range);
  const two = step.from.resolution > 0 && waitsForTwo({ retention, deleteDelay: settings.deleteDelay });
  const after = healthyDelay(false, settings) + (two ? 96 * HOUR : 0) + patience;
  return (block) => {
    if (lengthOf(block) >= step.shortest) return thereSince(block, settings) + patience;
    const { minTime } = block.meta;
    return (isLong(minTime) ? windowStart(minTime, range) + range : windowStart(minTime, LONGEST) + LONGEST) + after;
  };
}

/** Whether the blocks of a window are long enough together; else they wait for the longest window. */
function longWindows({ from, shortest }: DownsamplingStep, range: number): (time: number) => boolean {
  const spans = new Map<number, Interval>();
  for (const { meta } of from.blocks) {
    const begin = windowStart(meta.minTime, range);
    if (meta.maxTime > begin + range) continue;
    const span = spans.get(begin);
    spans.set(begin, { from: span?.from ?? meta.minTime, to: Math.max(span?.to ?? meta.maxTime, meta.maxTime) });
  }
  return (time) => {
    const span = spans.get(windowStart(time, range));
    return span !== undefined && span.to - span.from >= shortest;
  };
}

function finding({ labels, from, to }: DownsamplingStep, expiring: readonly Expiring[], model: BucketModel): Finding {
  const { now, settings } = model;
  const blocks = expiring.map(({ block }) => block);
  const first = firstTime(expiring.map(({ expires }) => expires));
  const begin = firstTime(blocks.map(({ meta }) => meta.minTime));
  const gone = Math.max(first, now) + settings.deleteDelay;
  const marked = blocks.filter(({ deletionMark }) => deletionMark !== undefined);
  const when = first > now ? `in ${age(first - now)}` : "now over";
  return {
    id: "retention.expires-undownsampled",
    severity: "critical",
    summary: `The retention of ${counted(blocks.length, `${resolutionText(from.resolution)} block`)} of this stream is ${when} (from ${instant(first)}), and there are no ${resolutionText(to)} samples of them.`,
    labels,
    groupKey: from.key,
    blocks: ulidsOf(blocks),
    since: null,
    evidence: {
      blocks: blocks.length,
      resolutionMs: from.resolution,
      missingResolutionMs: to,
      firstExpiresAt: instant(first),
      deletedFrom: instant(gone),
      marked: marked.length,
      ...retentionEvidence(model),
      rows: blockRows(blocks),
    },
    consequence: `The compactor marks them from ${instant(first)} on, and deletes them at ${instant(gone)} at the earliest. The samples from ${instant(begin)} on are then gone at every resolution: nothing can make ${resolutionText(to)} samples of them any more.`,
    remedy: steps(
      "Lengthen the retention of this resolution first (--retention.resolution-raw, --retention.resolution-5m), and restart the compactor: that stops the clock and loses nothing.",
      `Take marks off that are there already:${removeMark("<ULID>")}`,
      `Blocks that are long enough (raw 40 h, 5 m 10 d) can be downsampled at once. Stop the compactor first; the command goes on until you end it, which you can once its log says "start second pass of downsampling" and no more blocks follow:${downsampleNow()}`,
      "Shorter ones need the compactor: see compactor.stalled, compactor.lag and compactor.no-compact-mark for why they are not compacted.",
    ),
  };
}
