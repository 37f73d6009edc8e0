import type { ReadableBlock } from "#blocks/block";
import { type Labels, labelsId, onlyLabels, perLabels, withoutLabels } from "#blocks/labels";
import type { BlockMeta } from "#blocks/meta";
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
  blocks: readonly ReadableBlock[],
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): Stream[] {
  const byLabels = new Map<string, BlockMeta[]>();
  const begins = new Map<string, number>();
  const ahead = new Set<string>();
  const idOf = perLabels(labelsId);
  for (const { meta } of blocks) {
    const id = idOf(meta.labels);
    const begin = begins.get(id);
    if (begin === undefined || meta.minTime < begin) begins.set(id, meta.minTime);
    if (meta.resolution !== 0 || meta.hints.length > 0) continue;
    if (meta.maxTime > now + FUTURE_TOLERANCE) {
      ahead.add(id);
      continue;
    }
    const metas = byLabels.get(id);
    if (metas === undefined) byLabels.set(id, [meta]);
    else metas.push(meta);
  }
  const sets = [...byLabels.values()];
  const { true: produced = [], false: rest = [] } = Object.groupBy(sets, (metas) => `${isProduced(metas)}`);
  const left = rest.filter((metas) => metas.some(({ source }) => source.startsWith("compactor")));
  const isPartOfStream = partsOf(produced.flatMap(([meta]) => (meta === undefined ? [] : [meta.labels])));
  // Blocks that end after `now`: the bucket is judged as of an earlier time, whose heads are gone.
  const isSilent = (labels: Labels) => !ahead.has(labelsId(labels)) && !isPartOfStream(labels);
  return [...produced, ...left.filter(([meta]) => meta && isSilent(meta.labels))].flatMap(
    (metas) => streamOf(metas, begins, settings) ?? [],
  );
}

function isProduced(metas: readonly BlockMeta[]): boolean {
  // From the end, where the heads are.
  return metas.findLastIndex(({ source }) => !isMadeInBucket(source)) >= 0;
}

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

function streamOf(
  metas: readonly BlockMeta[],
  begins: ReadonlyMap<string, number>,
  settings: AuditSettings,
): Stream | undefined {
  const heads = metas.filter(({ level }) => level <= 1);
  const [first] = metas;
  if (first === undefined || Object.keys(first.labels).length === 0) return undefined;
  const cluster = withoutLabels(first.labels, settings.replicaLabels);
  return {
    labels: first.labels,
    cluster,
    clusterId: labelsId(cluster),
    newest: metas.reduce((newest, meta) => (meta.maxTime > newest.maxTime ? meta : newest), first),
    firstMinTime: begins.get(labelsId(first.labels)) ?? first.minTime,
    range: learnedRange(heads, settings.blockRange) ?? settings.blockRange,
    isReceive: heads.some(({ source }) => source === "receive"),
  };
}

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
