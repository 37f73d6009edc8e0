import type { ReadableBlock } from "#blocks/block/block";
import { ulidTime } from "#blocks/block/ulid";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { shippedAt } from "#blocks/streams/heads";
import { age, count, instant } from "#blocks/text";

const DAY = 24 * 3_600_000;
const QUANTILE = 0.95;
/** The 95th percentile of a day of one stream is nearly its maximum: one slow block is no condition. */
const LEAST_SLOW = 2;

interface Upload {
  readonly block: ReadableBlock;
  /** When it was cut, by its producer, and when it was there; ms. */
  readonly cut: number;
  readonly there: number;
  readonly took: number;
}

/**
 * `upload.slow`: of the heads of a day the 95th percentile took more than 20 m to be uploaded, and at least two did. Counted
 * from the upload before it where that was later than the cut: what waits for another block is not slow itself.
 */
export function uploadSlow(model: BucketModel): readonly Finding[] {
  const { slowUpload, slowUploadCritical } = model.settings.thresholds;
  return model.heads.flatMap((heads) => {
    const uploads = uploadsOf(heads).filter(({ cut }) => cut > model.now - DAY);
    const p95 = quantile(uploads);
    const isAbove = (limit: number) => p95 > limit && uploads.filter(({ took }) => took > limit).length >= LEAST_SLOW;
    if (!isAbove(slowUpload)) return [];
    return [finding(uploads, { p95, isCritical: isAbove(slowUploadCritical), model })];
  });
}

const uploadsOf = oncePer((heads: readonly ReadableBlock[]): readonly Upload[] => {
  let before = Number.NEGATIVE_INFINITY;
  return heads.flatMap((block) => {
    const there = shippedAt(block);
    if (there === undefined) return [];
    const cut = ulidTime(block.ulid);
    const took = there - Math.max(cut, before);
    before = Math.max(before, there);
    return [{ block, cut, there, took }];
  });
});

function quantile(uploads: readonly Upload[]): number {
  const sorted = uploads.map(({ took }) => took).sort((a, b) => a - b);
  return sorted[Math.ceil(QUANTILE * sorted.length) - 1] ?? 0;
}

function finding(
  uploads: readonly Upload[],
  of: { readonly p95: number; readonly isCritical: boolean; readonly model: BucketModel },
): Finding {
  const { p95, isCritical, model } = of;
  const slow = uploads.filter(({ took }) => took > model.settings.thresholds.slowUpload);
  const [first] = slow;
  const labels = first?.block.meta.labels ?? {};
  const bytes = ({ files }: ReadableBlock) => files.values().reduce((sum, { size }) => sum + size, 0);
  return {
    id: "upload.slow",
    severity: isCritical ? "critical" : "warning",
    summary: `${count(slow.length)} of the ${count(uploads.length)} blocks of the last 24 h took more than ${age(model.settings.thresholds.slowUpload)} to be uploaded; the 95th percentile is ${age(p95)}.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: slow.map(({ block }) => block.ulid),
    since: first === undefined ? null : instant(first.there),
    evidence: {
      p95Ms: p95,
      blocks: uploads.length,
      slow: slow.map(({ block, there, took }) => ({
        block: block.ulid,
        tookMs: took,
        cutAt: instant(ulidTime(block.ulid)),
        uploadedAt: instant(there),
        bytes: bytes(block),
      })),
    },
    consequence:
      "Queries find the newest hours late. When an upload takes longer than the 2 h between two blocks the producer never catches up, and its local retention deletes what it has not sent.",
    remedy: steps(
      "See what the producer's way to the bucket gives: bytes and duration are in the evidence. A limit of the network, of the node or of the store?",
      "Let the shipper upload several files of a block at a time (--shipper.upload-concurrency), and look for 503 SlowDown in its log.",
      "Until then see that the local retention is long enough.",
    ),
  };
}
