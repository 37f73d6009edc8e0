import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, withoutLabels } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import { sourceTimes } from "#blocks/block/sources";
import { blockRows, firstTime } from "#blocks/checks/downsample-text";
import { thereSince } from "#blocks/checks/retention-text";
import { shortestToDownsample } from "#blocks/compactor/downsampling";
import { owedFrom } from "#blocks/compactor/downsampling-owed";
import { resolutionText } from "#blocks/compactor/downsampling-steps";
import { retentionOf, waitsForTwo } from "#blocks/compactor/retention";
import type { Finding, FindingId } from "#blocks/finding";
import type { BlockGroup } from "#blocks/groups/filters";
import { type Interval, union } from "#blocks/intervals";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { command, steps } from "#blocks/remedy";
import { age, instant } from "#blocks/text";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** How old the newest raw sample of a stream is at most while it goes on (a receiver's 5 h, and an upload). */
const GOES_ON = 6 * HOUR;

interface Lag {
  readonly id: Extract<FindingId, `downsample.lag${string}`>;
  readonly resolution: Resolution;
  /** The windows in which blocks get long enough, ms. */
  readonly range: number;
  readonly shortest: number;
  /** A cluster has to have so much to start from. */
  readonly least: number;
  readonly warning: number;
  readonly critical: number;
}

/** `downsample.lag5m`: the newest 5 m samples of a cluster that has 3 d of raw ones are 60 h old; critical at 96 h. 53.9 h is usual. */
export function downsampleLag5m(model: BucketModel): readonly Finding[] {
  const { downsampleLag5m: warning, downsampleLag5mCritical: critical } = model.settings.thresholds;
  return lagOf(
    {
      ...{ id: "downsample.lag5m", resolution: 300_000, range: 2 * DAY, shortest: shortestToDownsample(0) },
      ...{ least: 3 * DAY, warning, critical },
    },
    model,
  );
}

/**
 * `downsample.lag1h`: the newest 1 h samples of a cluster that has 20 d of samples are 15.5 d old; critical at 21 d. 14.25 d is
 * usual, and four days more where raw samples are deleted before their window of 14 d is over.
 */
export function downsampleLag1h(model: BucketModel): readonly Finding[] {
  const { settings } = model;
  const { downsampleLag1h: warning, downsampleLag1hCritical: critical } = settings.thresholds;
  const { retention } = model.retentionInUse;
  const more = waitsForTwo({ retention, deleteDelay: settings.deleteDelay }) ? 4 * DAY : 0;
  return lagOf(
    {
      ...{ id: "downsample.lag1h", resolution: 3_600_000, range: 14 * DAY, shortest: shortestToDownsample(300_000) },
      ...{ least: 20 * DAY, warning: warning + more, critical: critical + more },
    },
    model,
  );
}

interface Cluster {
  readonly labels: Labels;
  readonly groups: BlockGroup[];
}

function lagOf(lag: Lag, model: BucketModel): readonly Finding[] {
  const { settings, groups } = model;
  const { retention } = model.retentionInUse;
  const kept = retentionOf(lag.resolution, retention);
  // What is deleted before it is as old as it gets says nothing.
  if (!settings.downsampling || (kept > 0 && kept < lag.critical)) return [];
  const clusters = new Map<string, Cluster>();
  for (const group of groups) {
    const labels = withoutLabels(group.labels, settings.replicaLabels);
    const id = labelsId(labels);
    const cluster = clusters.get(id) ?? { labels, groups: [] };
    clusters.set(id, cluster);
    cluster.groups.push(group);
  }
  return [...clusters.values()].flatMap((cluster) => {
    const found = behind(cluster, lag, model);
    return found === undefined || found.lag <= lag.warning ? [] : [finding(cluster, { ...found, of: lag })];
  });
}

interface Behind {
  /** ms. */
  readonly lag: number;
  /** Begin of the first samples that are not downsampled and could be. */
  readonly owed: number;
  /** End of the newest downsampled samples; undefined where there are none. */
  readonly newest: number | undefined;
}

function behind({ groups }: Cluster, lag: Lag, { now, settings }: BucketModel): Behind | undefined {
  const has = (group: BlockGroup) => group.resolution < lag.resolution;
  const base = groups.filter(has);
  // By minTime.
  const first = Math.min(...base.map(({ blocks }) => blocks[0]?.meta.minTime ?? Number.POSITIVE_INFINITY));
  if (newestOf(base) - first < lag.least) return undefined;
  const made = newestOf(groups.filter(({ resolution }) => resolution === lag.resolution));
  const streams = Map.groupBy(base, ({ labels }) => labelsId(labels));
  let worst: Behind | undefined;
  for (const stream of streams.values()) {
    // What ends before owes nothing.
    const blocks = stream.flatMap((group) => endingAfter(group, { made }));
    const covered = union(blocks.map(({ meta }): Interval => ({ from: meta.minTime, to: meta.maxTime })));
    const owed = owedFrom(covered, made, lag);
    const end = covered.at(-1)?.to;
    if (owed === undefined || end === undefined) continue;
    const late = Math.min(now, end + GOES_ON) - Math.max(owed, arrivalOf(blocks, owed, settings) - GOES_ON);
    if (worst === undefined || late > worst.lag) {
      worst = { lag: late, owed, newest: Number.isFinite(made) ? made : undefined };
    }
  }
  return worst;
}

const endingAfter = oncePer(({ newest, blocks }: BlockGroup, { made }: { readonly made: number }) =>
  newest > made ? blocks.filter(({ meta }) => meta.maxTime > made) : [],
);

function newestOf(groups: readonly BlockGroup[]): number {
  return groups.reduce((last, { newest }) => Math.max(last, newest), Number.NEGATIVE_INFINITY);
}

/** When the first of the samples from `owed` on came into the bucket, as far as is known, ms: after an outage, or in a backfill, long after their time. */
function arrivalOf(blocks: readonly ReadableBlock[], owed: number, settings: BucketModel["settings"]): number {
  const arrivals = blocks
    .filter(({ meta }) => meta.maxTime > owed)
    .map((block) => {
      const first = sourceTimes(block.meta.sources)?.from;
      const isMade = block.meta.source.startsWith("compactor") && first !== undefined;
      return isMade ? first : thereSince(block, settings);
    });
  return Math.min(firstTime(arrivals), Number.MAX_SAFE_INTEGER);
}

function finding({ labels, groups }: Cluster, { lag, owed, newest, of }: Behind & { readonly of: Lag }): Finding {
  const name = resolutionText(of.resolution);
  const there = groups.filter(({ resolution }) => resolution === of.resolution).flatMap(({ blocks }) => blocks);
  return {
    id: of.id,
    severity: lag > of.critical ? "critical" : "warning",
    summary:
      newest === undefined
        ? `This cluster has no ${name} samples at all, though its raw samples since ${instant(owed)} (${age(lag)}) could have them.`
        : `The newest ${name} samples of this cluster end at ${instant(newest)}; its samples since ${instant(owed)} (${age(lag)}) wait.`,
    labels,
    groupKey: null,
    blocks: [],
    since: instant(owed + of.warning),
    evidence: {
      lagMs: lag,
      newest: newest === undefined ? null : instant(newest),
      owedFrom: instant(owed),
      warningMs: of.warning,
      criticalMs: of.critical,
      blocksOfThisResolution: there.length,
      newestBlocks: blockRows(there.toSorted((a, b) => b.meta.maxTime - a.meta.maxTime).slice(0, 3)),
    },
    consequence: `Queries over long ranges have no ${name} samples of the last days: they read finer ones, slowly, or show a gap where they ask for ${name} alone. Raw samples whose retention ends before that are lost at longer ranges.`,
    remedy: steps(
      `See whether the compactor gets as far as downsampling: it begins when nothing is left to compact, in any stream. A bad block makes it exit there:${command('kubectl -n monitoring logs <pod> --since=24h | grep -e "pass of downsampling" -e level=error')}`,
      "If it does not get there: compactor.stalled, compactor.lag, compactor.backlog, compactor.churn or compactor.no-compact-mark says what keeps the blocks short.",
      "If it runs with --downsampling.disable on purpose, tell the audit (downsampling: false).",
    ),
  };
}
