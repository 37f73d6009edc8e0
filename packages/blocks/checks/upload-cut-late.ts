import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import { ulidTime } from "#blocks/block/ulid";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { createdAfter } from "#blocks/streams/heads";
import { age, count, instant } from "#blocks/text";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** That the threshold is for. */
const USUAL_RANGE = 2 * HOUR;
/** One late occasion is what a restart at the time of the cut leaves. */
const LEAST_LATE = 2;
/** Cut within this of each other, heads were cut on one occasion: a Prometheus that was stopped, or filled from elsewhere, cuts all that is due at once. */
const ONE_OCCASION = 1_800_000;

/**
 * `upload.cut-late`: the newest head of a stream, and one that was cut on another occasion of the last day, were cut more than 90 m
 * after their end, where heads are of 2 h: half an hour late. A receiver cuts at its own times.
 */
export function uploadCutLate(model: BucketModel): readonly Finding[] {
  const { thresholds, blockRange } = model.settings;
  const ranges = new Map(
    [...model.clusters.values()].flat().map(({ stream }) => [labelsId(stream.labels), stream.range]),
  );
  return model.heads.flatMap((heads) => {
    const range = ranges.get(labelsId(heads[0]?.meta.labels ?? {})) ?? blockRange;
    const lateCut = thresholds.lateCut + (range - USUAL_RANGE) / 2;
    const newest = heads.findLast(isCutOnTheGrid);
    if (newest === undefined || delayOf(newest) <= lateCut) return [];
    const recent = heads.filter(isCutOnTheGrid).filter(createdAfter(model.now - DAY));
    const late = recent.filter((block) => delayOf(block) > lateCut);
    if (recent.length === 0 || occasions(late) < LEAST_LATE) return [];
    return [finding(late, { newest, heads: recent.length, lateCut, model })];
  });
}

function isCutOnTheGrid({ meta }: ReadableBlock): boolean {
  return meta.source !== "receive";
}

/** `heads` are in the order of their creation. */
function occasions(heads: readonly ReadableBlock[]): number {
  const cuts = heads.map(({ ulid }) => ulidTime(ulid));
  return cuts.filter((cut, index) => cut - (cuts[index - 1] ?? Number.NEGATIVE_INFINITY) > ONE_OCCASION).length;
}

function delayOf({ ulid, meta }: ReadableBlock): number {
  return ulidTime(ulid) - meta.maxTime;
}

function finding(
  late: readonly ReadableBlock[],
  {
    newest,
    heads,
    lateCut,
    model,
  }: {
    readonly newest: ReadableBlock;
    readonly heads: number;
    readonly lateCut: number;
    readonly model: BucketModel;
  },
): Finding {
  const { labels } = newest.meta;
  return {
    id: "upload.cut-late",
    severity: "warning",
    summary: `${count(late.length)} of the ${count(heads)} blocks of the last 24 h were cut more than ${age(lateCut)} after their end; the newest ${age(delayOf(newest))} after.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: late.map(({ ulid }) => ulid),
    since: instant(late.reduce((first, { ulid }) => Math.min(first, ulidTime(ulid)), model.now)),
    evidence: {
      heads,
      late: late.map((block) => ({
        block: block.ulid,
        maxTime: instant(block.meta.maxTime),
        cutAt: instant(ulidTime(block.ulid)),
        delayMs: delayOf(block),
      })),
    },
    consequence:
      "A healthy Prometheus cuts half a range (an hour of 2 h) after the end. One that cuts later holds more in memory and in its WAL, and a restart takes longer; when it cannot cut at all it runs out of disk or memory, and nothing is uploaded any more.",
    remedy: steps(
      "Read the log of that Prometheus (compaction failed, out of memory, no space left), and prometheus_tsdb_compactions_failed_total and prometheus_tsdb_head_max_time_seconds.",
      "Give it memory, processor and disk for its head, or take load off it. A clock that jumps does this too.",
    ),
  };
}
