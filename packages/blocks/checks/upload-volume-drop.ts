import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { command, steps } from "#blocks/remedy";
import { createdAfter } from "#blocks/streams/heads";
import { count, instant } from "#blocks/text";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Heads before the newest that it is compared with: a day of them. */
const COMPARED = 12;
/** Of the block range. The first head after a start is short, and the few series and samples of minutes are no measure. */
const SHORTEST = 0.5;

interface Volume {
  readonly block: ReadableBlock;
  readonly samplesPerMinute: number;
  readonly series: number;
}

/**
 * `upload.volume-drop`: the newest head of a stream has less than half, or more than twice, the samples per minute or the
 * series of the median of the 12 before it. Streams that are younger than that are left out, and so are heads of less than
 * half a block range, and heads that overlap.
 */
export function uploadVolumeDrop(model: BucketModel): readonly Finding[] {
  const ranges = new Map(
    [...model.clusters.values()].flat().map(({ stream }) => [labelsId(stream.labels), stream.range]),
  );
  return model.heads.flatMap((heads) => {
    const range = ranges.get(labelsId(heads[0]?.meta.labels ?? {})) ?? model.settings.blockRange;
    const { newest, before } = newestVolumes(heads, { range });
    if (newest === undefined || before.length < COMPARED || !createdAfter(model.now - DAY)(newest.block)) return [];
    // Of two producers with the same labels: each is a volume of its own.
    if (before.some(({ block }) => block.meta.maxTime > newest.block.meta.minTime)) return [];
    const change = changeOf(newest, before);
    return isLarge(change.samples, model) || isLarge(change.series, model) ? [finding(newest, change, model)] : [];
  });
}

const newestVolumes = oncePer((heads: readonly ReadableBlock[], { range }: { readonly range: number }) => {
  const volumes = heads
    .filter(({ meta }) => meta.maxTime - meta.minTime >= SHORTEST * range)
    .sort((a, b) => a.meta.minTime - b.meta.minTime)
    .map(volumeOf);
  return { newest: volumes.at(-1), before: volumes.slice(-COMPARED - 1, -1) };
});

function volumeOf(block: ReadableBlock): Volume {
  const { samples, series, minTime, maxTime } = block.meta;
  return { block, samplesPerMinute: samples / ((maxTime - minTime) / MINUTE), series };
}

interface Change {
  /** As a factor, beside the median. */
  readonly samples: number;
  readonly series: number;
  readonly medianSamplesPerMinute: number;
  readonly medianSeries: number;
}

function changeOf({ samplesPerMinute, series }: Volume, before: readonly Volume[]): Change {
  const medianSamplesPerMinute = median(before.map((one) => one.samplesPerMinute));
  const medianSeries = median(before.map((one) => one.series));
  return {
    samples: medianSamplesPerMinute === 0 ? 1 : samplesPerMinute / medianSamplesPerMinute,
    series: medianSeries === 0 ? 1 : series / medianSeries,
    medianSamplesPerMinute,
    medianSeries,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

function isLarge(factor: number, { settings }: BucketModel): boolean {
  return factor < settings.thresholds.volumeDrop || factor > settings.thresholds.volumeJump;
}

function finding({ block, samplesPerMinute, series }: Volume, change: Change, model: BucketModel): Finding {
  const { ulid, meta } = block;
  const isDrop = Math.min(change.samples, change.series) < model.settings.thresholds.volumeDrop;
  return {
    id: "upload.volume-drop",
    severity: "warning",
    summary: `The newest block has ${percent(change.samples)} of the samples per minute and ${percent(change.series)} of the series that the ${COMPARED} blocks before it have in the middle.`,
    labels: meta.labels,
    groupKey: groupKeyFor(0, meta.labels, model),
    blocks: [ulid],
    since: instant(meta.uploadTime ?? model.now),
    evidence: {
      minTime: instant(meta.minTime),
      maxTime: instant(meta.maxTime),
      samplesPerMinute: Math.round(samplesPerMinute),
      medianSamplesPerMinute: Math.round(change.medianSamplesPerMinute),
      series,
      medianSeries: change.medianSeries,
      comparedBlocks: COMPARED,
    },
    consequence: isDrop
      ? "What is not scraped is lost, and alerts on it do not fire: most rules say nothing of a series that is not there."
      : "Blocks, memory of Prometheus and of the store gateways, and the time of compaction grow with it; a block whose index passes 64 GiB is never compacted again.",
    remedy: isDrop
      ? steps(
          "See which targets are gone or down, now and at the time of the block: count by (job) (up), and count by (job) (up == 0).",
          `See whether the producer was down for a part of the time, and whether its configuration was reloaded:${command("kubectl -n monitoring get pods -o wide")}`,
          "If the load was meant to go away, there is nothing to do: the finding ends when the median has followed, within a day.",
        )
      : steps(
          "See which metrics and jobs the new series are of: topk(10, count by (__name__, job) ({__name__=~'.+'})) on the Prometheus itself, or its page /tsdb-status.",
          "Drop or aggregate what nobody asks for (metricRelabelings), or set a sampleLimit for the job.",
          "If the growth is meant, there is nothing to do: the finding ends when the median has followed, within a day.",
        ),
  };
}

function percent(factor: number): string {
  return `${count(Math.round(100 * factor))} %`;
}
