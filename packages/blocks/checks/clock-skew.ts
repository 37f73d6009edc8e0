import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import { ulidTime } from "#blocks/block/ulid";
import { META_FILE } from "#blocks/bucket/directories";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { age, instant } from "#blocks/text";

const MINUTE = 60_000;
/** A block may end a little after its upload by the store's clock. */
const FUTURE_TOLERANCE = 5 * MINUTE;
/** What a stream that is silent did with its last block is of no use any more. */
const RECENT = 24 * 60 * MINUTE;

/** A head that is cut so long before half a range after its end has samples of the future, or somebody had it cut. */
const CUT_EARLY = 10 * MINUTE;
/** Of the range. A head of less was begun or ended by something else, or the range is not known yet. */
const WHOLE = 0.9;

interface Skew {
  readonly block: ReadableBlock;
  /** How far the ULID is ahead of the store's clock at the first write, ms. */
  readonly ulidAhead: number;
  /** How far the samples reach beyond the upload, ms. */
  readonly samplesAhead: number;
  /** How long before it was due a Prometheus cut it, ms; 0 where that tells nothing. */
  readonly cutEarly: number;
  readonly written: number;
}

/**
 * `clock.skew`: the newest head of a stream was made by a clock that is ahead of the store's, ends in the future, or was cut by a
 * Prometheus more than 10 m too early. Judged by the newest alone, of the last 24 h, so that it ends with the first good block. A
 * clock that is behind looks like a slow upload.
 */
export function clockSkew(model: BucketModel): readonly Finding[] {
  const { now, settings, clusters } = model;
  const ranges = new Map([...clusters.values()].flat().map(({ stream }) => [labelsId(stream.labels), stream.range]));
  return model.heads.flatMap((heads) => {
    const block = newestWritten(heads);
    const newest = block && skewOf(block, ranges.get(labelsId(block.meta.labels)) ?? settings.blockRange);
    if (newest === undefined || now - newest.written > RECENT) return [];
    const isSkewed = skewMs(newest) > settings.thresholds.clockSkew || newest.cutEarly > CUT_EARLY;
    return isSkewed ? [finding(newest, model)] : [];
  });
}

/** The first of those whose meta.json came last. */
const newestWritten = oncePer((heads: readonly ReadableBlock[]): ReadableBlock | undefined => {
  let newest: ReadableBlock | undefined;
  let last = Number.NEGATIVE_INFINITY;
  for (const block of heads) {
    const written = block.files.get(META_FILE)?.lastModified;
    if (written === undefined || written <= last) continue;
    newest = block;
    last = written;
  }
  return newest;
});

function skewOf(block: ReadableBlock, range: number): Skew | undefined {
  const committed = block.files.get(META_FILE)?.lastModified;
  if (committed === undefined) return undefined;
  const first = block.meta.files.reduce(
    (least, { path }) => Math.min(least, block.files.get(path)?.lastModified ?? least),
    committed,
  );
  return {
    block,
    written: committed,
    ulidAhead: ulidTime(block.ulid) - first,
    samplesAhead: block.meta.maxTime - committed,
    cutEarly: cutEarlyBy(block, range),
  };
}

function cutEarlyBy({ ulid, meta }: ReadableBlock, range: number): number {
  const isWhole = meta.maxTime - meta.minTime >= WHOLE * range && meta.maxTime % range === 0;
  if (meta.source !== "sidecar" || !isWhole) return 0;
  return Math.max(0, meta.maxTime + range / 2 - ulidTime(ulid));
}

function skewMs({ ulidAhead, samplesAhead }: Skew): number {
  return Math.max(ulidAhead, samplesAhead > FUTURE_TOLERANCE ? samplesAhead : 0);
}

function finding(skew: Skew, model: BucketModel): Finding {
  const { block, ulidAhead, samplesAhead, cutEarly, written } = skew;
  const { ulid, meta } = block;
  const isEarly = skewMs(skew) <= model.settings.thresholds.clockSkew;
  const isClock = !isEarly && ulidAhead >= samplesAhead;
  return {
    id: "clock.skew",
    severity: skewMs(skew) > model.settings.thresholds.clockSkewCritical ? "critical" : "warning",
    summary: isEarly
      ? `The newest block was cut ${age(cutEarly)} before it was due: its producer had samples of the future, or was made to cut.`
      : isClock
        ? `The newest block was made ${age(ulidAhead)} after its own upload: the producer's clock is ahead of the store's.`
        : `The newest block ends ${age(samplesAhead)} after its upload: it has samples of the future.`,
    labels: meta.labels,
    groupKey: groupKeyFor(0, meta.labels, model),
    blocks: [ulid],
    since: instant(written),
    evidence: {
      clockAheadMs: Math.max(0, ulidAhead),
      samplesAheadMs: Math.max(0, samplesAhead),
      cutEarlyMs: cutEarly,
      createdByItsClock: instant(ulidTime(ulid)),
      writtenByTheStoresClock: instant(written),
      maxTime: instant(meta.maxTime),
    },
    consequence: isClock
      ? "Its samples carry wrong times; rules and dashboards compare them with right ones. The audit takes its blocks for fresher than they are, and the compactor waits longer, or not at all, before it takes them up."
      : "The head of the producer moves with its newest sample: blocks are cut early, and samples with right times are refused as too old or become out-of-order blocks.",
    remedy: isClock
      ? steps(
          "Compare the clock of the producer's node with NTP (chronyc tracking, timedatectl), and set it right.",
          "Blocks that are there stay as they are: their times cannot be corrected. This ends with the next block.",
        )
      : steps(
          "Compare the clock of the producer's node with NTP first.",
          "If it is right, look for targets that expose timestamps of their own, or for a remote write of the future, and set honor_timestamps: false for them.",
          "The blocks can stay. This ends with the next block that does not reach into the future.",
        ),
  };
}
