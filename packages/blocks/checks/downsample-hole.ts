import type { ReadableBlock } from "#blocks/block/block";
import { blockRows, firstTime, ulidsOf } from "#blocks/checks/downsample-text";
import { thereSince } from "#blocks/checks/retention-text";
import {
  type DownsamplingStep,
  downsamplingSteps,
  lengthOf,
  newestEnd,
  resolutionText,
  undone,
} from "#blocks/compactor/downsampling-steps";
import type { Finding } from "#blocks/finding";
import { type Interval, union } from "#blocks/intervals";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { age, counted, instant } from "#blocks/text";

const LISTED = 50;

interface Hole extends Interval {
  readonly block: ReadableBlock;
}

/**
 * `downsample.hole`: between downsampled blocks of a stream there is a time without, of which it has samples at the resolution
 * before. Only what should be there by now counts: a block that is long enough and 6 h old, or one whose sources all count as done.
 */
export function downsampleHole(model: BucketModel): readonly Finding[] {
  if (!model.settings.downsampling) return [];
  return downsamplingSteps(model.groups).flatMap((step) => {
    const holes = holesOf(step, model);
    return holes.length === 0 ? [] : [finding(step, holes, model)];
  });
}

function holesOf(step: DownsamplingStep, { settings, now }: BucketModel): readonly Hole[] {
  const { made, from, shortest } = step;
  if (!isBroken(step, { gap: settings.thresholds.gap })) return [];
  const covered = union(made.map(({ meta }) => ({ from: meta.minTime, to: meta.maxTime })));
  const hull = { from: firstTime(made.map(({ meta }) => meta.minTime)), to: newestEnd(made) };
  const { gap, missingDownsample } = settings.thresholds;
  const lacks = undone(step);
  const isDue = (block: ReadableBlock) =>
    (lengthOf(block) >= shortest && now - thereSince(block, settings) > missingDownsample) || lacks(block).length === 0;
  return betweenOf(covered, hull)
    .filter((hole) => hole.to - hole.from > gap)
    .flatMap((hole) =>
      from.blocks.flatMap((block) => {
        const [begin, end] = [Math.max(hole.from, block.meta.minTime), Math.min(hole.to, block.meta.maxTime)];
        return end - begin > gap && isDue(block) ? [{ from: begin, to: end, block }] : [];
      }),
    );
}

/** Whether there is a time between what is made, which is by minTime. */
const isBroken = oncePer(({ made }: DownsamplingStep, { gap }: { readonly gap: number }): boolean => {
  let end = Number.POSITIVE_INFINITY;
  for (const { meta } of made) {
    if (meta.minTime - end > gap) return true;
    end = end === Number.POSITIVE_INFINITY ? meta.maxTime : Math.max(end, meta.maxTime);
  }
  return false;
});

/** What is not covered inside of the hull. */
function betweenOf(covered: readonly Interval[], hull: Interval): readonly Interval[] {
  return covered.flatMap(({ to }, index) => {
    const next = covered[index + 1];
    return next === undefined || next.from > hull.to ? [] : [{ from: to, to: next.from }];
  });
}

function finding(step: DownsamplingStep, holes: readonly Hole[], model: BucketModel): Finding {
  const { labels, from, to } = step;
  const name = resolutionText(to);
  const blocks = [...new Set(holes.map(({ block }) => block))];
  const lacks = undone(step);
  const done = blocks.filter((block) => lacks(block).length === 0);
  const sources = new Set(done.flatMap(({ meta }) => [...meta.sources]));
  const claiming = step.made.filter(({ meta }) => meta.sources.some((source) => sources.has(source)));
  const length = holes.reduce((sum, hole) => sum + hole.to - hole.from, 0);
  return {
    id: "downsample.hole",
    severity: "warning",
    summary: `The ${name} samples of this stream have ${counted(holes.length, "hole")} of ${age(length)} in all, from ${instant(firstTime(holes.map((hole) => hole.from)))}, where there are ${resolutionText(from.resolution)} samples.`,
    labels,
    groupKey: model.groupKeyOf(to, labels),
    blocks: ulidsOf(blocks),
    since: null,
    evidence: {
      holes: holes.length,
      lengthMs: length,
      resolutionMs: to,
      sourcesCountAsDone: ulidsOf(done),
      doneBy: ulidsOf(claiming),
      times: holes
        .slice(0, LISTED)
        .map((hole) => ({ from: instant(hole.from), to: instant(hole.to), block: hole.block.ulid })),
      rows: blockRows(blocks),
    },
    consequence: `Graphs over long ranges, which read ${name} samples, have a hole there. ${done.length === 0 ? "The compactor fills it at the end of its next run, as long as the blocks it needs are there" : `The compactor does not fill it: it takes ${counted(done.length, "block")} for done, by their sources`}; once the retention of ${resolutionText(from.resolution)} samples deletes these, the hole is for good.`,
    remedy:
      done.length === 0
        ? steps(
            "See that the compactor gets through its runs (compactor.stalled, downsample.missing): it makes what is missing by itself.",
            "If somebody deleted the downsampled block: a versioned bucket still has it.",
          )
        : steps(
            `Give up the downsampled blocks that count as done and are too short (${ulidsOf(claiming).join(", ")}): the compactor makes them anew of the blocks that are there. Copy each out of the bucket first:${backUp(model, "<ULID>")}`,
            `Mark each of them:${markForDeletion("<ULID>", "has a hole")}`,
            markTakesTime(model),
          ),
  };
}
