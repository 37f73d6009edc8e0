import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, withoutLabels } from "#blocks/block/labels";
import { type Gap, gapConsequence, gapEvidence, gapRemedy, gapSummary } from "#blocks/checks/upload-gap-text";
import { type Finding, SEVERITIES } from "#blocks/finding";
import { type DeleteDelay, groupLabels, ignoredFrom, isIgnoredByMark, uploadedAt } from "#blocks/groups/filters";
import { type Interval, uncovered, union } from "#blocks/intervals";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer, onceUntil } from "#blocks/once";
import type { Verdict } from "#blocks/streams/verdict";
import { instant } from "#blocks/text";

const MINUTE = 60_000;
/** A block's minTime is its first sample: so long after the grid it still begins on it. */
const FIRST_SAMPLE = MINUTE;

/** `upload.gap`: holes between the in-order raw blocks of a stream, longer than 10 m and within the retention. */
export function uploadGap(model: BucketModel): readonly Finding[] {
  const coverOf = coversOf(model);
  return [...model.clusters.values()].flat().flatMap((verdict) => {
    const holes = holesOf(ownBlocks(verdict.stream.labels, model)).filter((hole) => isWanted(hole, model));
    if (holes.length === 0) return [];
    // What covers a hole is not of the stream itself, which has nothing there.
    const covered = coverOf(labelsId(clusterOf(verdict.stream.labels, model)));
    return [
      finding(
        verdict,
        holes.map((hole) => gapOf(hole, { covered, verdict, model })),
        model,
      ),
    ];
  });
}

type Hole = Pick<Gap, "from" | "to" | "before" | "after">;

/** The in-order raw blocks of a stream that the compactor does not pass over. */
function presentIn(stream: readonly ReadableBlock[], { settings: { deleteDelay }, now }: BucketModel) {
  return present(stream, { deleteDelay }, now);
}

const present = onceUntil((stream: readonly ReadableBlock[], settings: DeleteDelay, now) => {
  const raw = stream.filter(({ meta }) => meta.resolution === 0 && meta.hints.length === 0);
  const turns = raw.flatMap((block) => ignoredFrom(block, settings) ?? []).filter((time) => time >= now);
  return {
    value: raw.filter((block) => !isIgnoredByMark(block, { settings, now })),
    until: turns.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY),
  };
});

/** Makes the function that gives the time of which a cluster has blocks. It is asked for few. */
function coversOf(model: BucketModel): (cluster: string) => readonly Interval[] {
  const covers = new Map<string, readonly Interval[]>();
  let byCluster: ReadonlyMap<string, readonly (readonly ReadableBlock[])[]> | undefined;
  return (cluster) => {
    byCluster ??= Map.groupBy(model.byStream.values(), ([first]) =>
      labelsId(clusterOf(first?.meta.labels ?? {}, model)),
    );
    const blocks = (byCluster.get(cluster) ?? []).flatMap((stream) => presentIn(stream, model));
    const cover = covers.get(cluster) ?? union(blocks.map(intervalOf));
    covers.set(cluster, cover);
    return cover;
  };
}

function clusterOf(labels: Labels, { settings }: BucketModel): Labels {
  return withoutLabels(labels, [...settings.replicaLabels, ...settings.deduplicationReplicaLabels]);
}

/** Of the stream, and what the compactor's deduplication made of it and its replicas. */
function ownBlocks(labels: Labels, model: BucketModel): readonly ReadableBlock[] {
  const ofStream = (of: Labels) => presentIn(model.byStream.get(labelsId(of)) ?? NONE, model);
  const group = groupLabels(labels, model.settings.deduplicationReplicaLabels);
  return labelsId(group) === labelsId(labels) ? ofStream(labels) : [...ofStream(labels), ...ofStream(group)];
}

const NONE: readonly ReadableBlock[] = [];

function intervalOf({ meta }: ReadableBlock): Interval {
  return { from: meta.minTime, to: meta.maxTime };
}

const holesOf = oncePer((blocks: readonly ReadableBlock[]): readonly Hole[] => {
  const holes: Hole[] = [];
  let before: ReadableBlock | undefined;
  for (const after of blocks.toSorted((a, b) => a.meta.minTime - b.meta.minTime)) {
    if (before !== undefined && after.meta.minTime > before.meta.maxTime) {
      holes.push({ from: before.meta.maxTime, to: after.meta.minTime, before, after });
    }
    if (before === undefined || after.meta.maxTime > before.meta.maxTime) before = after;
  }
  return holes;
});

function isWanted({ from, to }: Hole, { settings, now }: BucketModel): boolean {
  const { raw } = settings.retention;
  return to - from > settings.thresholds.gap && (raw === 0 || now - to <= raw);
}

function gapOf(
  hole: Hole,
  {
    covered,
    verdict,
    model,
  }: { readonly covered: readonly Interval[]; readonly verdict: Verdict; readonly model: BucketModel },
): Gap {
  const { thresholds } = model.settings;
  const isAligned = hole.to % verdict.stream.range <= FIRST_SAMPLE;
  const isCovered = uncovered(hole, covered) <= thresholds.gap;
  const isMendable = model.now - hole.to <= thresholds.localRetention;
  const loud = isAligned ? "critical" : "warning";
  return { ...hole, isAligned, isCovered, isMendable, severity: isCovered || !isMendable ? "info" : loud };
}

function finding({ stream }: Verdict, gaps: readonly Gap[], model: BucketModel): Finding {
  const severity = SEVERITIES.find((one) => gaps.some((gap) => gap.severity === one)) ?? "info";
  const worst = gaps.filter((gap) => gap.severity === severity);
  const since = worst.reduce((first, { after }) => Math.min(first, uploadedAt(after)), model.now);
  return {
    id: "upload.gap",
    severity,
    summary: gapSummary(worst, gaps),
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [...new Set(worst.flatMap(({ before, after }) => [before.ulid, after.ulid]))],
    since: instant(since),
    evidence: gapEvidence(gaps),
    consequence: gapConsequence(worst, model),
    remedy: gapRemedy(worst, stream.labels),
  };
}
