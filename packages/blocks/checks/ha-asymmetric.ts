import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, withoutLabels } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { count, instant } from "#blocks/text";

/** Of the block range: a head of less saw too little to be compared. */
const SHORTEST = 0.5;

/**
 * `ha.asymmetric`: in the newest window that all fresh replicas of a cluster have a head for, one has more than 20 % fewer
 * series than another.
 */
export function haAsymmetric(model: BucketModel): readonly Finding[] {
  const heads = new Map(model.heads.map((of) => [labelsId(of[0]?.meta.labels ?? {}), of]));
  return [...model.clusters.values()].flatMap((cluster) => {
    const fresh = cluster.filter(({ status }) => status === "fresh");
    if (fresh.length < 2) return [];
    const common = newestCommon(
      fresh.map(({ stream }) => byEnd(heads.get(labelsId(stream.labels)) ?? NO_HEADS, { range: stream.range })),
    );
    const sorted = common.toSorted((a, b) => a.meta.series - b.meta.series);
    const [least] = sorted;
    const most = sorted.at(-1);
    if (least === undefined || most === undefined || most.meta.series === 0) return [];
    const fewer = 1 - least.meta.series / most.meta.series;
    const [first] = fresh;
    if (first === undefined || fewer <= model.settings.thresholds.replicaSeries) return [];
    return [finding(first.stream.cluster, { replicas: sorted, fewer })];
  });
}

/** Whole heads by the window that they end in. */
const byEnd = oncePer((heads: readonly ReadableBlock[], { range }: { readonly range: number }) => {
  const whole = heads.filter(({ meta }) => meta.maxTime - meta.minTime >= SHORTEST * range);
  return new Map(whole.map((head) => [Math.ceil(head.meta.maxTime / range) * range, head]));
});

const NO_HEADS: readonly ReadableBlock[] = [];

function newestCommon(replicas: readonly ReadonlyMap<number, ReadableBlock>[]): readonly ReadableBlock[] {
  const [first] = replicas;
  const ends = [...(first?.keys() ?? [])].filter((end) => replicas.every((heads) => heads.has(end)));
  const newest = ends.reduce((last, end) => Math.max(last, end), 0);
  return replicas.flatMap((heads) => heads.get(newest) ?? []);
}

function finding(
  cluster: Labels,
  { replicas, fewer }: { readonly replicas: readonly ReadableBlock[]; readonly fewer: number },
): Finding {
  const uploads = replicas.map(({ meta }) => meta.uploadTime ?? meta.maxTime);
  const [least] = replicas;
  return {
    id: "ha.asymmetric",
    severity: "info",
    summary: `Of the same window one replica has ${count(Math.round(100 * fewer))} % fewer series than another.`,
    labels: cluster,
    groupKey: null,
    blocks: replicas.map(({ ulid }) => ulid),
    since: instant(uploads.reduce((last, time) => Math.max(last, time), 0)),
    evidence: {
      ...(least && { minTime: instant(least.meta.minTime), maxTime: instant(least.meta.maxTime) }),
      replicas: replicas.map(({ ulid, meta }) => ({
        replica: withoutLabels(meta.labels, Object.keys(cluster)),
        series: meta.series,
        samples: meta.samples,
        block: ulid,
      })),
    },
    consequence:
      "They do not scrape the same: where the fuller one is down, queries and alerts lack what the other never had, and a graph that deduplicates jumps when it changes replicas.",
    remedy: steps(
      "Compare the targets of the two (/targets, or count by (job) (up) on each): one may not reach some, or has another configuration or version.",
      "If they are meant to scrape different things, their replica label is none: give them different cluster labels, or leave the label out of the audit's replicaLabels.",
    ),
  };
}
