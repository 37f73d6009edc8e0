import type { ReadableBlock } from "#blocks/block";
import type { BlockGroup } from "#blocks/filters";
import type { Finding } from "#blocks/finding";
import type { Mark } from "#blocks/marks";
import type { BucketModel } from "#blocks/model";
import { removeMark } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

const LISTED = 50;

interface Marked {
  readonly block: ReadableBlock;
  readonly mark: Mark;
}

/** Live blocks of a group that marks with one reason keep from something. */
export interface KeptBack {
  readonly group: BlockGroup;
  readonly reason: string;
  readonly marked: readonly Marked[];
  /** Of the oldest mark, ms; never later than now. */
  readonly first: number;
}

/** By group and reason. `markOf`: the mark that is to be told of a block. */
export function keptBack(
  { groups, now }: BucketModel,
  markOf: (block: ReadableBlock) => Mark | undefined,
): readonly KeptBack[] {
  return groups.flatMap((group) => {
    const marked: Marked[] = [];
    for (const block of group.blocks) {
      const mark = markOf(block);
      if (mark !== undefined && block.deletionMark === undefined) marked.push({ block, mark });
    }
    return [...Map.groupBy(marked, ({ mark }) => mark.reason)].map(([reason, ofReason]) => {
      const first = ofReason.reduce((least, { mark }) => Math.min(least, mark.time), now);
      return { group, reason, marked: ofReason, first };
    });
  });
}

/** What is to be said of them, whatever they are kept from. */
export function keptBackFinding(
  { group, reason, marked, first }: KeptBack,
  from: "compaction" | "downsampling",
): Pick<Finding, "summary" | "labels" | "groupKey" | "blocks" | "evidence"> {
  return {
    summary: `${counted(marked.length, "block")} of this group ${marked.length === 1 ? "is" : "are"} kept from ${from} (${reason || "no reason given"}), the first since ${instant(first)}.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: marked.map(({ block }) => block.ulid),
    evidence: {
      blocks: marked.length,
      reason,
      marks: marked.slice(0, LISTED).map(({ block, mark }) => ({
        block: block.ulid,
        markedAt: instant(mark.time),
        details: mark.details,
        minTime: instant(block.meta.minTime),
        maxTime: instant(block.meta.maxTime),
      })),
    },
  };
}

/** Steps for marks that a person set. */
export function liftMarks(marker: string, what: string): readonly string[] {
  return [
    "Read the details of the marks in the evidence, and ask who set them what they wait for.",
    `When the reason is gone take the mark off each. That loses nothing; ${what}:${removeMark("<ULID>", marker)}`,
  ];
}
