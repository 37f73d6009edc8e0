import type { ReadableBlock } from "#blocks/block/block";
import { includesLabels, type Labels, labelsId } from "#blocks/block/labels";
import type { BlockMeta } from "#blocks/block/meta";
import type { StreamStatus } from "#blocks/finding";
import type { ByStream } from "#blocks/groups/by-stream";
import { classifyFreshness, type Freshness } from "#blocks/streams/classify";
import { type Pace, paceOf } from "#blocks/streams/pace";
import type { Stream } from "#blocks/streams/stream";
import type { AuditSettings } from "#config/audit-settings";

const MINUTE = 60_000;
/** A stream without a block for so long is no longer waited for. */
export const RETIRED_AFTER = 7 * 24 * 60 * MINUTE;
/** A stream that begins within this time before or after the end of another can be its continuation (`labels.changed`). */
const SUCCESSION_WINDOW = 4 * 60 * MINUTE;
/** Beyond this before the end of the other, the two ran beside each other for a while. */
const SUCCESSION_OVERLAP = 5 * MINUTE;
/** Of labels whose value changed; more make another cluster. */
const CHANGED_VALUES = 2;
/** What a new Prometheus for the same targets differs by in its series. */
const ALIKE = 0.2;

export interface Verdict {
  readonly stream: Stream;
  readonly pace: Pace;
  readonly freshness: Freshness;
  readonly status: StreamStatus;
  /** Labels of the stream that continues this one, for `succeeded`. */
  readonly successor: Labels | undefined;
}

interface Judged {
  readonly settings: AuditSettings;
  readonly now: number;
  /** In-order heads as the shippers uploaded them. */
  readonly heads: ByStream;
}

/**
 * Judges every stream by its deadline. A stream that is silent for 24 h to 7 d stays late. After that it is retired and
 * quiet, unless the settings expect its cluster and the whole cluster is silent: then the streams that it had in its
 * last 7 days stay late for as long as it is expected. Replicas that were given up before never come back.
 */
export function judgeStreams(streams: readonly Stream[], { settings, now, heads }: Judged): Verdict[] {
  const lastOf = newestPerCluster(streams);
  const beginningAfter = successionWindows(streams);
  return streams.map((stream) => {
    const pace = paceOf(stream, heads.get(labelsId(stream.labels)) ?? NO_HEADS, settings);
    const freshness = classifyFreshness(stream, { now, slack: pace.slack });
    const verdict = (status: StreamStatus): Verdict => ({ stream, pace, freshness, status, successor: undefined });
    const clusterEnd = lastOf.get(stream.clusterId) ?? now;
    const isExpected = settings.expectedClusters.some((wanted) => includesLabels(stream.cluster, wanted));
    const judgedFrom = isExpected ? Math.min(now, clusterEnd) : now;
    if (freshness.missedBlocks === 0) return verdict("fresh");
    if (judgedFrom - stream.newest.maxTime > RETIRED_AFTER) return verdict("retired");
    const nexts = beginningAfter(stream.newest.maxTime).filter((next) => continues(next, stream, clusterEnd));
    const successor = nearest(nexts, stream.newest.maxTime)?.labels;
    return { ...verdict(successor === undefined ? "late" : "succeeded"), successor };
  });
}

const NO_HEADS: readonly ReadableBlock[] = [];

function newestPerCluster(streams: readonly Stream[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { clusterId, newest: block } of streams) {
    newest.set(clusterId, Math.max(newest.get(clusterId) ?? Number.NEGATIVE_INFINITY, block.maxTime));
  }
  return newest;
}

/**
 * Makes the function that gives, in their order, the streams that begin when one that ends at `end` can have been
 * continued. In a fleet that stops at once all ask for the same end.
 */
function successionWindows(streams: readonly Stream[]): (end: number) => readonly Stream[] {
  const inOrder = [...streams.entries()].sort(([, a], [, b]) => a.firstMinTime - b.firstMinTime);
  const begins = Float64Array.from(inOrder, ([, { firstMinTime }]) => firstMinTime);
  let last: { readonly end: number; readonly streams: readonly Stream[] } | undefined;
  return (end) => {
    if (last?.end === end) return last.streams;
    const from = firstAtLeast(begins, end - SUCCESSION_WINDOW);
    let to = from;
    while ((begins[to] ?? Number.POSITIVE_INFINITY) <= end + SUCCESSION_WINDOW) to += 1;
    const within = inOrder.slice(from, to).sort(([a], [b]) => a - b);
    last = { end, streams: within.map(([, stream]) => stream) };
    return last.streams;
  };
}

function nearest(streams: readonly Stream[], time: number): Stream | undefined {
  const distance = ({ firstMinTime }: Stream) => Math.abs(firstMinTime - time);
  return streams.reduce<Stream | undefined>(
    (best, stream) => (best === undefined || distance(stream) < distance(best) ? stream : best),
    undefined,
  );
}

function firstAtLeast(sorted: Float64Array, least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? least) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether `next` looks like `stream` under other labels: a renamed replica, or labels added or taken off. Where values changed it
 * takes two signs of three: `next` begins at the very end of `stream`, as the head of a producer does that got other labels; one
 * value stays; it has about as many series, and no replica of the old cluster goes on. Another cluster that begins within hours is
 * no succession, and the silence of the first is then a fault.
 */
function continues(next: Stream, stream: Stream, clusterEnd: number): boolean {
  const gap = next.firstMinTime - stream.newest.maxTime;
  if (Math.abs(gap) > SUCCESSION_WINDOW) return false;
  // A sibling that began with it takes nothing over.
  if (gap < -SUCCESSION_OVERLAP && next.firstMinTime - stream.firstMinTime <= SUCCESSION_WINDOW) return false;
  const shared = Object.keys(stream.cluster).filter((name) => Object.hasOwn(next.cluster, name));
  if (shared.length === 0) return false;
  if (includesLabels(next.cluster, stream.cluster) || includesLabels(stream.cluster, next.cluster)) return true;
  const changed = shared.filter((name) => next.cluster[name] !== stream.cluster[name]).length;
  const isSameSet = [stream, next].every(({ cluster }) => Object.keys(cluster).length === shared.length);
  if (!isSameSet || changed > CHANGED_VALUES) return false;
  const [isAtOnce, isOfOne] = [Math.abs(gap) <= SUCCESSION_OVERLAP, changed < shared.length];
  if (isAtOnce && isOfOne) return true;
  const isOver = clusterEnd <= stream.newest.maxTime + SUCCESSION_WINDOW;
  return isOver && (isAtOnce || isOfOne) && isAlike(stream.newest, next.newest);
}

function isAlike({ series: before }: BlockMeta, { series: after }: BlockMeta): boolean {
  return Math.min(before, after) >= (1 - ALIKE) * Math.max(before, after);
}
