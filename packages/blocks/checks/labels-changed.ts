import { type Labels, labelsId, labelsText, sortedPairs } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import { isIgnoredByMark } from "#blocks/groups/filters";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { RETIRED_AFTER, type Verdict } from "#blocks/streams/verdict";
import { counted, instant } from "#blocks/text";

const HOUR = 3_600_000;
/** Raw blocks below this are not downsampled (thanos pkg/compact/downsample). */
const DOWNSAMPLED_FROM = 40 * HOUR;

/** `labels.changed`: a stream that ended as another with nearly its labels began. Said for 7 d. */
export function labelsChanged(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flat().flatMap((verdict) => {
    const { status, successor } = verdict;
    return status === "succeeded" && successor !== undefined ? [finding(verdict, successor, model)] : [];
  });
}

/** One row per label that differs. */
function changes(before: Labels, after: Labels): readonly Readonly<Record<string, string | null>>[] {
  const names = new Set([...sortedPairs(before), ...sortedPairs(after)].map(([name]) => name));
  return [...names]
    .map((label) => ({ label, before: valueIn(before, label), after: valueIn(after, label) }))
    .filter((row) => row.before !== row.after);
}

function valueIn(labels: Labels, name: string): string | null {
  return Object.hasOwn(labels, name) ? (labels[name] ?? null) : null;
}

function finding({ stream }: Verdict, successor: Labels, model: BucketModel): Finding {
  const { labels, newest } = stream;
  const short = (model.byStream.get(labelsId(labels)) ?? []).filter(
    (block) =>
      block.meta.resolution === 0 &&
      block.meta.maxTime - block.meta.minTime < DOWNSAMPLED_FROM &&
      !isIgnoredByMark(block, model),
  );
  return {
    id: "labels.changed",
    severity: "warning",
    summary: `The stream ended at ${instant(newest.maxTime)}; ${labelsText(successor)} began as it ended.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: [newest.ulid],
    since: instant(newest.maxTime),
    evidence: {
      ended: instant(newest.maxTime),
      successor,
      successorGroupKey: groupKeyFor(0, successor, model),
      changes: changes(labels, successor),
      shortRawBlocks: short.length,
      saidUntil: instant(newest.maxTime + RETIRED_AFTER),
    },
    consequence: `The compactor never joins blocks of the two streams. ${counted(short.length, "raw block")} of the old one ${short.length === 1 ? "is" : "are"} shorter than 40 h; those that get no neighbour any more are never downsampled, and gone when the retention of raw samples passes them. Rules and dashboards that name the old labels find nothing new.`,
    remedy: steps(
      "If the labels were not changed on purpose, change them back: the old stream goes on then, and what was uploaded meanwhile stays as it is. External labels are put on at the upload: blocks that wait on the producer get the new ones.",
      "If they were, there is nothing to do here but to look at rules and dashboards. Keep raw samples (--retention.resolution-raw) until nobody needs the last days of the old stream.",
    ),
  };
}
