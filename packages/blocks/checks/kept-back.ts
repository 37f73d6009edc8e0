import type { ReadableBlock } from "#blocks/block/block";
import type { Mark } from "#blocks/block/marks";
import type { Finding } from "#blocks/finding";
import type { BlockGroup } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
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

/** By group and reason. `of`: which marks; `isTold`: whether one is to be told of. */
export function keptBack(
  { groups, now }: BucketModel,
  of: "noCompactMark" | "noDownsampleMark",
  isTold: (mark: Mark) => boolean,
): readonly KeptBack[] {
  return groups.flatMap((group) => {
    const marked = markedIn(group)[of].filter(({ mark }) => isTold(mark));
    return [...Map.groupBy(marked, ({ mark }) => mark.reason)].map(([reason, ofReason]) => {
      const first = ofReason.reduce((least, { mark }) => Math.min(least, mark.time), now);
      return { group, reason, marked: ofReason, first };
    });
  });
}

const markedIn = oncePer(({ blocks }: BlockGroup) => {
  const staying = blocks.filter(({ deletionMark }) => deletionMark === undefined);
  const marks = (of: "noCompactMark" | "noDownsampleMark"): readonly Marked[] =>
    staying.flatMap((block) => (block[of] === undefined ? [] : [{ block, mark: block[of] }]));
  return { noCompactMark: marks("noCompactMark"), noDownsampleMark: marks("noDownsampleMark") };
});

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
