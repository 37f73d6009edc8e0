import type { ReadableBlock } from "#blocks/block";
import type { BlockGroup } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import type { Mark } from "#blocks/marks";
import { NO_COMPACT_MARK } from "#blocks/marks";
import type { BucketModel } from "#blocks/model";
import { removeMark, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

const LISTED = 50;
const MANUAL = "manual";

interface Marked {
  readonly block: ReadableBlock;
  readonly mark: Mark;
}

/** `compactor.no-compact-mark`: live blocks that are kept from compaction: by Thanos itself, or for 30 d by hand. One per group and reason. */
export function compactorNoCompactMark(model: BucketModel): readonly Finding[] {
  return model.groups.flatMap((group) => {
    const marked = group.blocks.flatMap((block) => wanted(block, model));
    return [...Map.groupBy(marked, ({ mark }) => mark.reason)].map(([reason, blocks]) =>
      finding(group, { reason, blocks, model }),
    );
  });
}

function wanted(block: ReadableBlock, { now, settings }: BucketModel): Marked[] {
  const { noCompactMark: mark, deletionMark } = block;
  if (mark === undefined || deletionMark !== undefined) return [];
  if (mark.reason === MANUAL && now - mark.time <= settings.thresholds.manualMark) return [];
  return [{ block, mark }];
}

interface Reasoned {
  readonly reason: string;
  readonly blocks: readonly Marked[];
  readonly model: BucketModel;
}

function finding(group: BlockGroup, { reason, blocks, model }: Reasoned): Finding {
  const first = blocks.reduce((least, { mark }) => Math.min(least, mark.time), model.now);
  const waited = reason === MANUAL ? model.settings.thresholds.manualMark : 0;
  return {
    id: "compactor.no-compact-mark",
    severity: "warning",
    summary: `${counted(blocks.length, "block")} of this group ${blocks.length === 1 ? "is" : "are"} kept from compaction (${reason || "no reason given"}), the first since ${instant(first)}.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: blocks.map(({ block }) => block.ulid),
    since: instant(first + waited),
    evidence: {
      blocks: blocks.length,
      reason,
      marks: blocks.slice(0, LISTED).map(({ block, mark }) => ({
        block: block.ulid,
        markedAt: instant(mark.time),
        details: mark.details,
        minTime: instant(block.meta.minTime),
        maxTime: instant(block.meta.maxTime),
      })),
    },
    consequence: `The compactor never compacts them, for as long as the marks are there, and what stays short is never downsampled (raw blocks below 40 h, 5 m blocks below 10 d). Queries over that time read more and smaller blocks.`,
    remedy: remedyOf(reason),
  };
}

function remedyOf(reason: string): string {
  if (reason === "index-size-exceeding") {
    return steps(
      "Leave the marks: together with its neighbours such a block's index would pass 64 GiB, and the compaction fail.",
      "Lower what the stream's labels multiply to (series per block are in its meta.json), or divide the stream by an external label.",
    );
  }
  if (reason === "block-index-out-of-order-chunk") {
    return steps(
      "Leave the marks while the blocks are as they are: without them the compactor exits on out-of-order chunks, again after each restart.",
      "Look at why the producer wrote them: Prometheus before 2.39 did so for out-of-order samples, and so do broken backfills.",
    );
  }
  return steps(
    "Read the details of the marks in the evidence, and ask who set them what they wait for.",
    `When the reason is gone take the mark off each. That loses nothing; the compactor takes the block up with its next run:${removeMark("<ULID>", NO_COMPACT_MARK)}`,
  );
}
