import type { ReadableBlock } from "#blocks/block/block";
import { labelsId, perLabels, withoutLabels } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { removeMark, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { isOfThanos, isPastRetention, uncoveredBlocks } from "#blocks/streams/coverage";
import { age, count, counted, firstOf, instant } from "#blocks/text";

const SOURCES_LISTED = 100;
/**
 * `delete.uncovered`: a block is marked for deletion and no block that stays has all of its sources. Retention's own marks
 * are meant, and left out, and so is what a larger marked block was made of. Only marks that are an hour old count: a new block
 * and the marks of its parents are two writes.
 */
export function deleteUncovered(model: BucketModel): readonly Finding[] {
  const { now, settings, byStream } = model;
  const isDue = (block: ReadableBlock) =>
    now - (block.deletionMark?.time ?? now) >= settings.thresholds.uncoveredMark && !isPastRetention(block, model);
  const uncovered = uncoveredBlocks(byStream, settings).filter(({ block }) => isDue(block));
  if (uncovered.length === 0) return [];
  const isOfLarger = largerOnes(model);
  return uncovered
    .filter(({ block, lost }) => !lost.every((source) => isOfLarger(source, block)))
    .map(({ block, lost }) => finding(block, lost, model));
}

/**
 * Makes the function that tells whether a larger block of the same stream that is marked too has a source: what was made of
 * a block is what loses it, once it goes.
 */
function largerOnes({ marked, settings }: BucketModel): (source: string, than: ReadableBlock) => boolean {
  const dropped = [...settings.replicaLabels, ...settings.deduplicationReplicaLabels];
  const idOf = perLabels((labels) => labelsId(withoutLabels(labels, dropped)));
  const keyOf = (source: string, { meta }: ReadableBlock) => `${source} ${meta.resolution} ${idOf(meta.labels)}`;
  const most = new Map<string, number>();
  for (const block of marked) {
    if (block.meta.samples === 0) continue;
    for (const source of block.meta.sources) {
      const key = keyOf(source, block);
      most.set(key, Math.max(most.get(key) ?? 0, block.meta.sources.length));
    }
  }
  return (source, than) => (most.get(keyOf(source, than)) ?? 0) > than.meta.sources.length;
}

function finding(block: ReadableBlock, lost: readonly string[], model: BucketModel): Finding {
  const { ulid, meta, deletionMark } = block;
  const details = deletionMark?.details ?? "";
  const marked = deletionMark?.time ?? model.now;
  const isThanos = isOfThanos(details);
  const gone = marked + model.settings.deleteDelay;
  const of =
    meta.sources.length === 1
      ? "its only source"
      : `${count(lost.length)} of its ${count(meta.sources.length)} sources`;
  return {
    id: "delete.uncovered",
    severity: isThanos ? "critical" : "warning",
    summary: `Marked for deletion (${JSON.stringify(details)}), and no block that stays has ${of}.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: instant(Math.min(model.now, marked + model.settings.thresholds.uncoveredMark)),
    evidence: {
      markedAt: instant(marked),
      details,
      deletedFrom: instant(gone),
      minTime: instant(meta.minTime),
      maxTime: instant(meta.maxTime),
      resolutionMs: meta.resolution,
      samples: meta.samples,
      sources: meta.sources.length,
      lostSources: lost.slice(0, SOURCES_LISTED),
    },
    consequence: consequenceOf(block, { gone, model }),
    remedy: remedyOf(block, { lost, isThanos, model }),
  };
}

function consequenceOf(
  { meta }: ReadableBlock,
  { gone, model }: { readonly gone: number; readonly model: BucketModel },
): string {
  const when =
    gone > model.now
      ? `at ${instant(gone)}, in ${age(gone - model.now)}`
      : "with its next run: the delete delay is over";
  return `The compactor deletes the block for good ${when}. Unless a replica has them, ${counted(meta.samples, "sample")} of ${instant(meta.minTime)} to ${instant(meta.maxTime)} are lost then.`;
}

function remedyOf(
  { ulid }: ReadableBlock,
  {
    lost,
    isThanos,
    model,
  }: { readonly lost: readonly string[]; readonly isThanos: boolean; readonly model: BucketModel },
): string {
  const keep = `Keep a copy of it now; that loses nothing:${backUp(model, ulid)}`;
  const off = `Take the mark off:${removeMark(ulid)}`;
  if (!isThanos) {
    return steps(
      "Somebody marked it by hand. If its data is meant to go (one of two overlapping blocks, say), there is nothing to do.",
      `If not: ${keep.charAt(0).toLowerCase()}${keep.slice(1)}`,
      off,
    );
  }
  return steps(
    "Stop the compactor, so that it deletes nothing while you look.",
    keep,
    `Find out where the block went that was made of it (sources ${firstOf(lost)}): it was deleted, marked too, or never uploaded. A versioned bucket still has it.`,
    `If it cannot be brought back: ${off.charAt(0).toLowerCase()}${off.slice(1)}`,
    "Start the compactor again. It makes the missing block anew of what is there.",
  );
}
