import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, onlyLabels, withoutLabels } from "#blocks/block/labels";
import type { BlockMeta } from "#blocks/block/meta";
import type { ByStream } from "#blocks/groups/by-stream";
import { compareUlids } from "#blocks/groups/duplicate-filter";
import { oncePer } from "#blocks/once";
import type { AuditSettings } from "#config/audit-settings";

const MINUTE = 60_000;
/** So many heads must have been cut before their range is believed: the first after a start is short. */
const BLOCKS_TO_LEARN_FROM = 3;
/** A block that ends later than this after `now` holds samples of the future; it does not make its stream fresh. */
const FUTURE_TOLERANCE = 5 * MINUTE;
/** The value of the stand-in label where deduplication left no other (thanos pkg/block/fetcher.go). */
const DEDUPLICATED = "deduped";

/** One producer: an exact set of external labels, with what its in-order raw blocks tell. Times in ms. */
export interface Stream {
  readonly labels: Labels;
  /** `labels` without the replica labels. */
  readonly cluster: Labels;
  readonly clusterId: string;
  readonly newest: BlockMeta;
  /** Of its blocks of every resolution: retention takes the raw ones first. */
  readonly firstMinTime: number;
  /** Of its head blocks, learned or from the settings. */
  readonly range: number;
  readonly isReceive: boolean;
}

/**
 * Streams of the bucket. Blocks count whether marked or not and at any level, but not out-of-order ones: those are
 * uploaded early with a maxTime in the future, and would make a dead stream look fresh. Blocks without
 * labels are no stream, nor are label sets that only tools made, nor what the compactor's deduplication leaves of streams
 * that are there. A label set that is the compactor's alone otherwise is one: all that is left of a silent stream.
 */
export function streamsOf(
  byStream: ByStream,
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): Stream[] {
  const sets = [...byStream.values()].flatMap((blocks) => seenAt(blocks, now) ?? []);
  const inOrder = sets.sort((a, b) => compareUlids(a.first, b.first));
  const { true: produced = [], false: rest = [] } = Object.groupBy(inOrder, ({ raw }) => `${isProduced(raw)}`);
  const left = rest.filter(({ raw }) => isCompacted(raw));
  const isPartOfStream = partsOf(produced.map(({ first }) => first.meta.labels));
  // Blocks that end after `now`: the bucket is judged as of an earlier time, whose heads are gone.
  const isSilent = ({ first, isAhead }: Seen) => !isAhead && !isPartOfStream(first.meta.labels);
  const { blockRange, replicaLabels } = settings;
  return [...produced, ...left.filter(isSilent)].flatMap(
    ({ raw, firstMinTime }) => streamOf(raw, { firstMinTime, blockRange, replicaLabels }) ?? [],
  );
}

/** What is to be seen of a label set at a time. */
interface Seen extends Pick<Stream, "firstMinTime"> {
  /** In-order raw blocks that end by then. */
  readonly raw: readonly ReadableBlock[];
  readonly first: ReadableBlock;
  /** There are others, which end later. */
  readonly isAhead: boolean;
}

function seenAt(blocks: readonly ReadableBlock[], now: number): Seen | undefined {
  const { raw: all, end, firstMinTime } = rawIn(blocks);
  const isAhead = end > now + FUTURE_TOLERANCE;
  const raw = isAhead ? all.filter(({ meta }) => meta.maxTime <= now + FUTURE_TOLERANCE) : all;
  const [first] = raw;
  return first && { raw, first, isAhead, firstMinTime };
}

const rawIn = oncePer((blocks: readonly ReadableBlock[]) => {
  const raw = blocks.filter(({ meta }) => meta.resolution === 0 && meta.hints.length === 0);
  return {
    raw,
    end: raw.reduce((last, { meta }) => Math.max(last, meta.maxTime), Number.NEGATIVE_INFINITY),
    firstMinTime: blocks.reduce((first, { meta }) => Math.min(first, meta.minTime), Number.POSITIVE_INFINITY),
  };
});

const isProduced = oncePer((raw: readonly ReadableBlock[]) => raw.some(({ meta }) => !isMadeInBucket(meta.source)));

const isCompacted = oncePer((raw: readonly ReadableBlock[]) =>
  raw.some(({ meta }) => meta.source.startsWith("compactor")),
);

/** Whether some stream has all these labels, so that the compactor took its replica label off. One index per set of names. */
function partsOf(streams: readonly Labels[]): (labels: Labels) => boolean {
  const indexes = new Map<string, ReadonlySet<string>>();
  return (labels) => {
    const names = Object.keys(labels).sort();
    if (names.length === 1 && Object.values(labels).includes(DEDUPLICATED)) return true;
    const id = JSON.stringify(names);
    const index = indexes.get(id) ?? new Set(streams.map((stream) => labelsId(onlyLabels(stream, names))));
    indexes.set(id, index);
    return index.has(labelsId(labels));
  };
}

/** What of the settings and of the blocks of other resolutions goes into a stream. */
interface Asked extends Pick<AuditSettings, "blockRange" | "replicaLabels">, Pick<Stream, "firstMinTime"> {}

const streamOf = oncePer((raw: readonly ReadableBlock[], asked: Asked): Stream | undefined => {
  const { blockRange, replicaLabels, firstMinTime } = asked;
  const metas = raw.map(({ meta }) => meta);
  const heads = metas.filter(({ level }) => level <= 1);
  const [first] = metas;
  if (first === undefined || Object.keys(first.labels).length === 0) return undefined;
  const cluster = withoutLabels(first.labels, replicaLabels);
  return {
    labels: first.labels,
    cluster,
    clusterId: labelsId(cluster),
    newest: metas.reduce((newest, meta) => (meta.maxTime > newest.maxTime ? meta : newest), first),
    firstMinTime,
    range: learnedRange(heads, blockRange) ?? blockRange,
    isReceive: heads.some(({ source }) => source === "receive"),
  };
});

function isMadeInBucket(source: string): boolean {
  return source.startsWith("compactor") || source.startsWith("bucket.");
}

/**
 * The range of the heads, up to the minute: minTime is the first sample and so a little after the grid, maxTime is on it.
 * Undefined where the ends do not lie on the grid of that range: short heads, a sparse first scrape; or where all lie on
 * the wider grid of the settings, as those of a producer do that restarts again and again.
 */
function learnedRange(heads: readonly BlockMeta[], blockRange: number): number | undefined {
  if (heads.length < BLOCKS_TO_LEARN_FROM) return undefined;
  const longest = heads.reduce((most, { minTime, maxTime }) => Math.max(most, maxTime - minTime), 0);
  const range = Math.ceil(longest / MINUTE) * MINUTE;
  const isGrid = (step: number) => heads.every(({ maxTime }) => maxTime % step === 0);
  return isGrid(range) && !(range < blockRange && isGrid(blockRange)) ? range : undefined;
}
