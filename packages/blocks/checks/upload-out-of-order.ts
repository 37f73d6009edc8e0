import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId } from "#blocks/block/labels";
import { type Spans, spansOf } from "#blocks/block/spans";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { shippedAt } from "#blocks/streams/heads";
import { counted, instant } from "#blocks/text";

const LISTED = 50;

/** A head and the first one after it in time that was uploaded before it. */
interface Overtaken {
  readonly block: ReadableBlock;
  readonly by: ReadableBlock;
}

/** `upload.out-of-order`: a head was uploaded after a later one of its stream. A warning where its window was compacted without it. */
export function uploadOutOfOrder(model: BucketModel): readonly Finding[] {
  return model.heads.flatMap((heads) => {
    const overtaken = overtakenOf(heads);
    return overtaken.length === 0 ? [] : [finding(overtaken, model)];
  });
}

/** Heads that overlap are none: two producers with the same labels upload in any order. */
const overtakenOf = oncePer((heads: readonly ReadableBlock[]): readonly Overtaken[] => {
  const known = heads.filter((head) => shippedAt(head) !== undefined);
  const latestFirst = known.toSorted((a, b) => b.meta.minTime - a.meta.minTime);
  const overtaken: Overtaken[] = [];
  let next = 0;
  /** Of all that begin after the end of `block`, the one that was uploaded first. */
  let by: ReadableBlock | undefined;
  for (const block of known.toSorted((a, b) => b.meta.maxTime - a.meta.maxTime)) {
    for (let later = latestFirst[next]; later && later.meta.minTime >= block.meta.maxTime; later = latestFirst[next]) {
      if (by === undefined || uploadOf(later) < uploadOf(by)) by = later;
      next += 1;
    }
    if (by !== undefined && uploadOf(block) > uploadOf(by)) overtaken.push({ block, by });
  }
  return overtaken.reverse();
});

function uploadOf(head: ReadableBlock): number {
  return shippedAt(head) ?? 0;
}

/** What the stream has of compacted raw blocks that stay. */
function compactedOf(labels: Labels, { byStream }: BucketModel): Spans<ReadableBlock> {
  const compacted = (byStream.get(labelsId(labels)) ?? []).filter(
    ({ meta, deletionMark }) => meta.level > 1 && meta.resolution === 0 && deletionMark === undefined,
  );
  return spansOf(compacted, ({ meta }) => ({ from: meta.minTime, to: meta.maxTime }));
}

function isCompactedWithout({ meta }: ReadableBlock, compacted: Spans<ReadableBlock>): boolean {
  return compacted.within(meta.minTime, meta.maxTime).some((other) => !other.meta.sources.includes(meta.ulid));
}

function finding(overtaken: readonly Overtaken[], model: BucketModel): Finding {
  const labels = overtaken[0]?.block.meta.labels ?? {};
  const compacted = compactedOf(labels, model);
  const late = overtaken.filter(({ block }) => isCompactedWithout(block, compacted));
  const uploads = overtaken.map(({ block }) => uploadOf(block));
  return {
    id: "upload.out-of-order",
    severity: late.length > 0 ? "warning" : "info",
    summary: `${counted(overtaken.length, "block")} of this stream ${overtaken.length === 1 ? "was" : "were"} uploaded after a later one; ${late.length === 0 ? "none" : late.length} of them into a window that had been compacted.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: overtaken.map(({ block }) => block.ulid),
    since: instant(uploads.reduce((first, time) => Math.min(first, time), model.now)),
    evidence: {
      blocks: overtaken.length,
      intoCompactedWindows: late.length,
      uploads: overtaken.slice(0, LISTED).map(({ block, by }) => ({
        block: block.ulid,
        minTime: instant(block.meta.minTime),
        uploadedAt: instant(uploadOf(block)),
        overtakenBy: by.ulid,
        thatUploadedAt: instant(uploadOf(by)),
      })),
    },
    consequence:
      late.length > 0
        ? "The block overlaps with the compacted one: without vertical compaction the compactor halts on it (overlap.d-late-upload)."
        : "None yet. A block that comes later than the compaction of its window, about 5.5 h after the window's end, overlaps with what was compacted without it, and the compactor halts.",
    remedy: steps(
      "Take --shipper.allow-out-of-order-uploads and --shipper.skip-corrupted-blocks off this producer: without them the shipper uploads the oldest first and waits for it.",
      "Look in its log for why the block did not go at first.",
    ),
  };
}
