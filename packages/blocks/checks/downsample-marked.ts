import type { ReadableBlock } from "#blocks/block";
import type { BlockGroup } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import { type Mark, NO_DOWNSAMPLE_MARK } from "#blocks/marks";
import type { BucketModel } from "#blocks/model";
import { removeMark, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

const LISTED = 50;

interface Marked {
  readonly block: ReadableBlock;
  readonly mark: Mark;
}

/** `downsample.marked`: live blocks that have been kept from downsampling for 30 d. One per group and reason. */
export function downsampleMarked(model: BucketModel): readonly Finding[] {
  return model.groups.flatMap((group) => {
    const marked = group.blocks.flatMap((block) => wanted(block, model));
    return [...Map.groupBy(marked, ({ mark }) => mark.reason)].map(([reason, blocks]) =>
      finding(group, { reason, blocks, model }),
    );
  });
}

function wanted(block: ReadableBlock, { now, settings }: BucketModel): Marked[] {
  const { noDownsampleMark: mark, deletionMark } = block;
  if (mark === undefined || deletionMark !== undefined) return [];
  return now - mark.time > settings.thresholds.noDownsampleMark ? [{ block, mark }] : [];
}

interface Reasoned {
  readonly reason: string;
  readonly blocks: readonly Marked[];
  readonly model: BucketModel;
}

function finding(group: BlockGroup, { reason, blocks, model }: Reasoned): Finding {
  const first = blocks.reduce((least, { mark }) => Math.min(least, mark.time), model.now);
  return {
    id: "downsample.marked",
    severity: "info",
    summary: `${counted(blocks.length, "block")} of this group ${blocks.length === 1 ? "is" : "are"} kept from downsampling (${reason || "no reason given"}), the first since ${instant(first)}.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: blocks.map(({ block }) => block.ulid),
    since: instant(first + model.settings.thresholds.noDownsampleMark),
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
    consequence:
      "The compactor makes no downsampled samples of them for as long as the marks are there. Where they are downsampled themselves it does not count their sources as done either: it makes the same block anew in every run, twice (tried with Thanos 0.42.4). What raw retention deletes of this time is lost at longer ranges.",
    remedy: steps(
      "Read the details of the marks in the evidence, and ask who set them what they wait for.",
      `When the reason is gone take the mark off each. That loses nothing; the compactor downsamples the block at the end of its next run:${removeMark("<ULID>", NO_DOWNSAMPLE_MARK)}`,
    ),
  };
}
