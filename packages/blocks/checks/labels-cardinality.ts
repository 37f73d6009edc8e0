import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import type { Verdict } from "#blocks/streams/verdict";
import { count, counted, instant } from "#blocks/text";

const WINDOW = 7 * 24 * 3_600_000;
/** Fewer are a fleet that grows. */
const LEAST_NEW = 10;
const LABELS_LISTED = 10;
const VALUES_LISTED = 5;

/**
 * `labels.cardinality`: the compactor has more than 1,000 groups, or there are more than twice the streams of 7 d ago and
 * at least ten new ones. Streams that are retired count as of then.
 */
export function labelsCardinality(model: BucketModel): readonly Finding[] {
  const { groups, streamGrowth } = model.settings.thresholds;
  const from = model.now - WINDOW;
  const streams = [...model.clusters.values()].flat();
  const seen = streams.filter(({ stream }) => stream.newest.maxTime > from);
  const before = streams.filter(({ stream }) => stream.firstMinTime <= from && stream.newest.maxTime > from - WINDOW);
  const fresh = seen.filter(({ stream }) => stream.firstMinTime > from);
  const isGrowth = before.length > 0 && fresh.length >= LEAST_NEW && seen.length > streamGrowth * before.length;
  if (model.groups.length <= groups && !isGrowth) return [];
  return [finding({ seen, before: before.length, fresh, isGrowth }, model)];
}

interface Growth {
  readonly seen: readonly Verdict[];
  readonly before: number;
  readonly fresh: readonly Verdict[];
  readonly isGrowth: boolean;
}

function finding({ seen, before, fresh, isGrowth }: Growth, model: BucketModel): Finding {
  const begins = fresh.map(({ stream }) => stream.firstMinTime);
  return {
    id: "labels.cardinality",
    severity: "info",
    summary: `The compactor has ${counted(model.groups.length, "group")}; of ${counted(seen.length, "stream")} of the last 7 d ${count(fresh.length)} ${fresh.length === 1 ? "is" : "are"} new, and there were ${count(before)} before.`,
    labels: {},
    groupKey: null,
    blocks: [],
    since: isGrowth ? instant(begins.reduce((last, time) => Math.max(last, time), 0)) : null,
    evidence: {
      groups: model.groups.length,
      streams: seen.length,
      streamsBefore: before,
      newStreams: fresh.length,
      externalLabels: valuesByName(seen),
    },
    consequence:
      "The compactor works through its groups one after the other, and each has its own blocks at every level: the more groups, the more objects, requests and time for the same samples.",
    remedy: steps(
      "See which external label has the many values (in the evidence). One that changes with each restart or each run, a pod's hash or a build number, does not belong there; labels.volatile tells of such.",
      "If the fleet has grown so much, shard the compactor by its relabel configuration (--selector.relabel-config), or raise --compact.concurrency.",
      "Raise thresholds.groups in the audit's settings to what is usual for you.",
    ),
  };
}

/** The names with most values first. */
function valuesByName(verdicts: readonly Verdict[]) {
  const values = new Map<string, Set<string>>();
  for (const { stream } of verdicts) {
    for (const [name, value] of Object.entries(stream.labels)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  return [...values]
    .sort(([a, of], [b, other]) => other.size - of.size || (a < b ? -1 : 1))
    .slice(0, LABELS_LISTED)
    .map(([name, of]) => ({ name, values: of.size, examples: [...of].sort().slice(0, VALUES_LISTED) }));
}
