import type { Block, ReadableBlock } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import { readableIn } from "#blocks/groups/by-stream";
import { ignoredFrom } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { CLEANUP_TAKES_PARTIALS, cleanUp, steps } from "#blocks/remedy";
import { count, counted, hours, instant } from "#blocks/text";

const GIB = 2 ** 30;
const LISTED = 20;

/** `cost.marked-bytes`: blocks that are marked for deletion take more than 100 GiB. */
export function costMarkedBytes(model: BucketModel): readonly Finding[] {
  const marked = model.parts.flatMap(markedIn);
  const bytes = marked.reduce((sum, one) => sum + one.bytes, 0);
  return bytes > model.settings.thresholds.markedBytes ? [finding(marked, bytes, model)] : [];
}

interface Marked {
  readonly block: ReadableBlock;
  readonly bytes: number;
}

const markedIn = oncePer((part: readonly Block[]): readonly Marked[] =>
  readableIn(part)
    .filter(({ deletionMark }) => deletionMark !== undefined)
    .map((block) => ({ block, bytes: bytesOf(block) })),
);

function bytesOf({ files }: Pick<ReadableBlock, "files">): number {
  return files.values().reduce((sum, { size }) => sum + size, 0);
}

function finding(marked: readonly Marked[], bytes: number, model: BucketModel): Finding {
  const { settings, now } = model;
  const all = model.blocks.reduce((sum, block) => sum + bytesOf(block), 0);
  const times = marked.map(({ block }) => block.deletionMark?.time ?? now);
  const oldest = times.reduce((first, time) => Math.min(first, time), now);
  const unread = marked.filter(({ block }) => (ignoredFrom(block, settings) ?? now) < now);
  return {
    id: "cost.marked-bytes",
    severity: "info",
    summary: `${counted(marked.length, "block")} of ${gib(bytes)} GiB ${marked.length === 1 ? "is" : "are"} marked for deletion and still paid for: ${count(Math.round((100 * bytes) / all))} % of all blocks' bytes.`,
    labels: {},
    groupKey: null,
    blocks: marked.map(({ block }) => block.ulid),
    since: instant(oldest),
    evidence: {
      blocks: marked.length,
      bytes,
      allBytes: all,
      unreadBytes: unread.reduce((sum, one) => sum + one.bytes, 0),
      deleteDelayMs: settings.deleteDelay,
      largest: marked
        .toSorted((a, b) => b.bytes - a.bytes)
        .slice(0, LISTED)
        .map((one) => ({
          block: one.block.ulid,
          bytes: one.bytes,
          markedAt: instant(one.block.deletionMark?.time ?? now),
        })),
    },
    consequence: `They are billed until the compactor deletes them, ${hours(settings.deleteDelay)} after their marks; after each compaction of 14 d that is much for a while. In a versioned bucket what it deletes stays as noncurrent versions, which no listing of blocks shows.`,
    remedy: steps(
      "If delete.overdue is told too, cure that first: then nothing deletes them.",
      "If it is always so, a shorter --delete-delay of the compactor costs less. It must stay longer than the store gateways and queriers take to see new blocks, and it is the time to take a wrong mark off.",
      `Once, with the compactor stopped, what is marked longer than the delay can be deleted at once. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: false })}`,
      "Where the bucket is versioned, see that a lifecycle rule expires noncurrent versions.",
    ),
  };
}

function gib(bytes: number): string {
  return count(Math.round((10 * bytes) / GIB) / 10);
}
