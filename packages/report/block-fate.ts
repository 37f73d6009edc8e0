import type { Resolution } from "#blocks/block/meta";
import type { BlockReport } from "#blocks/block-report";
import type { CompactionFate } from "#blocks/compactor/fate";
import type { PlanReason } from "#blocks/compactor/plan";
import type { Repeats } from "#blocks/compactor/plan-group";
import { age, counted, firstOf } from "#blocks/text";
import { fullMoment, moment } from "#report/text";

const HOUR = 3_600_000;

export function resolutionName(resolution: Resolution): string {
  return { 0: "raw", 300000: "5 m", 3600000: "1 h" }[resolution];
}

/** Sentences on the compaction, one a line. */
export function compactionText({ compaction, now }: BlockReport): readonly string[] {
  const at = (ms: number) => moment(instantOf(ms), instantOf(now));
  switch (compaction.kind) {
    case "ignored":
      return ["Nothing: it is marked for deletion, and the compactor passes it over."];
    case "hidden":
      return [`Nothing yet: it is too fresh (--consistency-delay), and is seen from ${at(compaction.until)} on.`];
    case "covered":
      return [`Marks it for deletion at its next look: ${compaction.by} holds all of its sources.`];
    case "halts":
      return haltText(compaction);
    case "planned":
      return plannedText(compaction, at);
    case "excluded":
      return [`Leaves it alone: no-compact mark, reason ${compaction.reason}.`];
    case "waits":
      return [
        `Compacts it with others to ${spanText(compaction.range)} (${fullMoment(instantOf(compaction.from))} to ${fullMoment(instantOf(compaction.to))}), as soon as newer blocks show that the window is complete: not before ${fullMoment(instantOf(compaction.notBefore))}.`,
      ];
    case "stays":
      return ["Leaves it as it is: there is no longer window that it shares with another block."];
  }
}

function haltText({ reason, blocks }: Extract<CompactionFate, { readonly kind: "halts" }>): readonly string[] {
  const why = {
    overlap: "blocks of this group overlap, and vertical compaction is off",
    "shared-sources": "blocks of its next plan hold samples of the same heads",
  }[reason];
  return [
    `CRITICAL: it halts: ${why}. Nothing is compacted then, nor downsampled, nor deleted.`,
    `${firstOf(blocks)}.`,
  ];
}

function plannedText(
  { reason, blocks, minTime, maxTime, before, since, repeats }: Extract<CompactionFate, { readonly kind: "planned" }>,
  at: (ms: number) => string,
): readonly string[] {
  const into = `${fullMoment(instantOf(minTime))} to ${fullMoment(instantOf(maxTime))}`;
  const when =
    before === 0 ? "at its next look" : `after ${counted(before, "compaction")} of its group that come first`;
  const possible = since === null ? "" : ` It could have done so since ${at(since)}.`;
  return [
    `Compacts ${counted(blocks.length, "block")} ${whyText(reason)}, ${into}, ${when}.${possible}`,
    `${firstOf(blocks)}.`,
    ...repeatsText(repeats),
  ];
}

function whyText(reason: PlanReason): string {
  switch (reason.kind) {
    case "overlap":
      return "because they overlap";
    case "tombstones":
      return "because of its tombstones";
    case "window":
      return `to ${spanText(reason.range)}`;
  }
}

function repeatsText(repeats: Repeats | null): readonly string[] {
  if (repeats === null) return [];
  const why = {
    "no-samples": "the blocks hold no samples, and nothing comes of them",
    "same-sources": "what comes of one block counts as a copy of it",
  }[repeats];
  return [
    `CRITICAL: it does so again and again: ${why}. Nothing is downsampled, retained or deleted in this bucket before the marks are half the delete delay old.`,
  ];
}

export function downsamplingText({ downsampling }: BlockReport): string {
  switch (downsampling.kind) {
    case "last":
      return "None: 1 h is the last resolution.";
    case "off":
      return "None: the compactor is told not to downsample.";
    case "marked":
      return `None: no-downsample mark, reason ${downsampling.reason}.`;
    case "ignored":
      return "None: the compactor does not look at it any more, or not yet.";
    case "due":
      return `To ${resolutionName(downsampling.to)}, once there is nothing more to compact.`;
    case "done":
      return `All of its samples are there in ${resolutionName(downsampling.to)}.`;
    case "too-short":
      return `None: a block has to be ${age(downsampling.wants)} long for ${resolutionName(downsampling.to)}. What it is compacted into may be.`;
  }
}

/** Sentences on the deletion, one a line. */
export function deletionText({ deletion, now }: BlockReport): readonly string[] {
  const at = (ms: number) => fullMoment(instantOf(ms));
  switch (deletion.kind) {
    case "never":
      return ["Never: it has no mark, and its resolution has no retention."];
    case "mark":
      return [
        `Marked since ${at(deletion.markedAt)}${deletion.details === "" ? "" : ` (${deletion.details})`}.`,
        `The compactor ${deletion.ignoredFrom > now ? "sees it until" : "has passed it over since"} ${at(deletion.ignoredFrom)}, and deletes it at its first look after ${at(deletion.deletedFrom)}.`,
      ];
    case "compaction":
      return [
        `Its samples go on in the block that takes its place. It is marked then, ${at(deletion.markedFrom)} at the earliest, and deleted from ${at(deletion.deletedFrom)} on.`,
      ];
    case "empty":
      return [
        `It holds no samples. It is marked by its compaction, ${at(deletion.markedFrom)} at the earliest, and deleted from ${at(deletion.deletedFrom)} on.`,
      ];
    case "lost":
      return [
        `CRITICAL: its samples are lost from ${at(deletion.deletedFrom)} on: the compactor deletes it, and every copy that it makes of it. Copy it out of the bucket now, and put a no-compact mark on it: thanos tools bucket mark --marker=no-compact-mark.json`,
      ];
    case "retention":
      return [
        `Retention marks it from ${at(deletion.markedFrom)} on; its samples are gone from ${at(deletion.deletedFrom)} on.`,
      ];
  }
}

/** `8 h`, `14 d`. */
function spanText(range: number): string {
  return range % (24 * HOUR) === 0 ? `${range / (24 * HOUR)} d` : `${range / HOUR} h`;
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
