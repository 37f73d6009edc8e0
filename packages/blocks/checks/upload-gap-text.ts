import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsText } from "#blocks/block/labels";
import type { FindingSeverity } from "#blocks/finding";
import type { Interval } from "#blocks/intervals";
import type { BucketModel } from "#blocks/model";
import { steps, uploadBlocks } from "#blocks/remedy";
import { age, counted, instant } from "#blocks/text";

/** Time between two blocks of a stream of which the bucket has nothing. */
export interface Gap extends Interval {
  readonly before: ReadableBlock;
  readonly after: ReadableBlock;
  /** Whole blocks are missing: it ends where a block begins on the grid. Else the producer was down. */
  readonly isAligned: boolean;
  /** Another stream of the cluster has the time. */
  readonly isCovered: boolean;
  /** The producer may still have it. */
  readonly isMendable: boolean;
  readonly severity: FindingSeverity;
}

/** More holes than that are counted and not listed. */
const GAPS_LISTED = 50;

export function gapSummary(worst: readonly Gap[], all: readonly Gap[]): string {
  const [first] = worst;
  if (first === undefined) return "No hole.";
  const more = all.length === 1 ? "" : ` It has ${counted(all.length, "hole")} in all.`;
  return `The stream has nothing from ${instant(first.from)} to ${instant(first.to)} (${age(first.to - first.from)})${coverText(first)}.${more}`;
}

function coverText({ isAligned, isCovered }: Gap): string {
  if (isCovered) return "; a sibling covers it";
  return isAligned ? "; the hole ends on the grid of its blocks, and no sibling covers it" : "; no sibling covers it";
}

export function gapEvidence(gaps: readonly Gap[]): Readonly<Record<string, unknown>> {
  return {
    holes: gaps.length,
    missingMs: gaps.reduce((sum, { from, to }) => sum + to - from, 0),
    gaps: gaps.slice(0, GAPS_LISTED).map(({ from, to, isAligned, isCovered, before, after, severity }) => ({
      from: instant(from),
      to: instant(to),
      lengthMs: to - from,
      aligned: isAligned,
      covered: isCovered,
      severity,
      before: before.ulid,
      after: after.ulid,
    })),
  };
}

export function gapConsequence(worst: readonly Gap[], { settings }: BucketModel): string {
  const [first] = worst;
  if (first === undefined || first.isCovered) {
    return "Queries that deduplicate replicas are whole. Those for this replica alone have a hole, for good.";
  }
  if (!first.isMendable) return "Queries have a hole there, for good: the producer's local retention has passed it.";
  const end = worst.reduce((least, { to }) => Math.min(least, to), first.to) + settings.thresholds.localRetention;
  return first.isAligned
    ? `Queries have a hole there. If the blocks were cut, the producer's disk has the only copy, until its local retention passes them: with ${age(settings.thresholds.localRetention)} at ${instant(end)}. Then the hole is for good.`
    : "Queries have a hole there. It does not end on the grid of the blocks, so the producer was probably down and took no samples: then it is for good.";
}

export function gapRemedy([worst]: readonly Gap[], labels: Labels): string {
  if (worst === undefined || worst.isCovered || !worst.isMendable) {
    return "Nothing can or need be mended here. If holes come again and again, look at why the producer restarts or loses blocks.";
  }
  return steps(
    `Look on the disk of the producer with ${labelsText(labels)} for directories whose meta.json has times in the hole (<data>/<ULID>/meta.json). If there are none, nobody has the samples: the hole is for good.`,
    "See in its shipper's log why they were not uploaded. Where thanos.shipper.json names them, the sidecar will not try again by itself.",
    `Copy them into an empty folder (<folder>), and upload them from there. It deletes nothing, and passes over blocks that the bucket has:${uploadBlocks("<folder>", labels)}`,
  );
}
