import { seeded, ulidOf } from "#bench/audit/seeded";
import type { Labels } from "#blocks/block/labels";
import type { BlockMeta, Resolution } from "#blocks/block/meta";
import { packSources, type Sources } from "#blocks/block/sources";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const HEAD = 2 * HOUR;
/** The compactor's ranges, shortest first, and how long after its end a window is compacted at rest. */
const LEVELS = [
  { level: 2, range: 8 * HOUR, after: 6 * HOUR },
  { level: 3, range: 48 * HOUR, after: 8 * HOUR },
  { level: 4, range: 336 * HOUR, after: 10 * HOUR },
] as const;
const DELETE_DELAY = 48 * HOUR;
const SCRAPES_PER_HOUR = 120;

/** The time the fleets are looked at. */
export const NOW = Date.parse("2026-11-27T13:10:00Z");

export interface FleetBlock {
  readonly meta: BlockMeta;
  /** Its deletion mark, set at `time`, ms. */
  readonly mark: { readonly time: number; readonly details: string } | null;
}

/** As Thanos's compactor writes it. */
const REPLACED = "source of compacted block";

export interface FleetSpec {
  readonly seed: number;
  readonly streams: number;
  /** Age of the streams, days. */
  readonly days: number;
}

/** Live and marked blocks of a stream of a year in a bucket at rest (a compactor without retention). */
export const BLOCKS_PER_STREAM_YEAR = 122;

/** A fleet with about so many blocks. */
export function yearOldFleet(blocks: number, seed = 1): FleetSpec {
  return { seed, streams: Math.max(1, Math.round(blocks / BLOCKS_PER_STREAM_YEAR)), days: 365 };
}

/**
 * The blocks of a fleet as it is at `NOW`, stream by stream: seven of ten streams are of Prometheus pairs, two are tenants of
 * Receive, one is a ruler. Each has its history compacted as far as it can be, downsampled to 5 m and 1 h, and what was
 * replaced in the last 48 h marked. The same seed gives the same blocks.
 */
export function* fleetBlocks({ seed, streams, days }: FleetSpec): Generator<FleetBlock> {
  for (let index = 0; index < streams; index += 1) yield* streamBlocks(producerOf(index), { seed, index, days });
}

interface Producer {
  readonly labels: Labels;
  readonly source: "sidecar" | "receive" | "ruler";
  readonly series: number;
}

function producerOf(index: number): Producer {
  const region = ["eu-west-1", "eu-central-1", "us-east-1"][Math.floor(index / 20) % 3] ?? "";
  const place = index % 10;
  if (place === 9) return { labels: { ruler: `rule-${index}`, region }, source: "ruler", series: 4_000 };
  if (place > 6)
    return { labels: { receive: "hub", region, tenant_id: `team-${index}` }, source: "receive", series: 60_000 };
  // Of ten seven: three pairs and one that is alone.
  const cluster = `cluster-${Math.floor(index / 10) * 4 + Math.floor(place / 2)}`;
  const labels = { cluster, prometheus_replica: `prometheus-${place % 2}`, region, stage: "prod" };
  return { labels, source: "sidecar", series: 250_000 };
}

interface Life {
  readonly seed: number;
  readonly index: number;
  readonly days: number;
}

interface Window {
  readonly level: number;
  readonly from: number;
  readonly to: number;
  /** When its block was made, ms. */
  readonly made: number;
  /** When that of the window around it was, if it is still there; null where it stays. */
  readonly markedAt: number | null;
}

function* streamBlocks(producer: Producer, life: Life): Generator<FleetBlock> {
  const heads = headsOf(life);
  const begin = heads[0]?.from ?? NOW;
  const parts = LEVELS.map((level) => windowsOf(level, begin));
  const [eights = [], twoDays = [], fortnights = []] = parts;
  const block = blockMaker(producer, { life, heads });
  yield* replaced(heads, eights).map((one) => block(one, 0));
  yield* replaced(eights, twoDays).map((one) => block(one, 0));
  yield* replaced(twoDays, fortnights).flatMap((one) => [block(one, 0), block(one, 300_000)]);
  yield* fortnights.flatMap((one) => [block(one, 0), block(one, 300_000), block(one, 3_600_000)]);
}

function headsOf({ days, index, seed }: Life): readonly Window[] {
  const random = seeded(seed, index);
  const begin = Math.floor((NOW - days * DAY) / HEAD) * HEAD;
  const heads: Window[] = [];
  for (let from = begin; from + HEAD + HEAD / 2 + 2 * MINUTE <= NOW; from += HEAD) {
    const to = from + HEAD;
    heads.push({ level: 1, from, to, made: to + HEAD / 2 + Math.floor(random() * MINUTE), markedAt: null });
  }
  return heads;
}

function windowsOf({ level, range, after }: (typeof LEVELS)[number], begin: number): readonly Window[] {
  const windows: Window[] = [];
  for (let from = Math.floor(begin / range) * range; from + range + after <= NOW; from += range) {
    windows.push({ level, from: Math.max(begin, from), to: from + range, made: from + range + after, markedAt: null });
  }
  return windows;
}

/** Those that are not compacted yet, and those that were so lately that they are still there with a mark. */
function replaced(windows: readonly Window[], by: readonly Window[]): readonly Window[] {
  const last = by.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
  return windows.flatMap((window) => {
    if (window.from >= last) return [window];
    if (window.to < NOW - DELETE_DELAY - 16 * DAY) return [];
    const markedAt = by.find(({ from, to }) => window.from >= from && window.to <= to)?.made ?? NOW;
    return markedAt > NOW - DELETE_DELAY ? [{ ...window, markedAt }] : [];
  });
}

function blockMaker(
  { labels, source, series }: Producer,
  { life, heads }: { readonly life: Life; readonly heads: readonly Window[] },
): (window: Window, resolution: Resolution) => FleetBlock {
  const idOf = ({ level, made, from }: Window, resolution: Resolution) =>
    ulidOf(made + resolution / 300_000, seeded(life.seed, life.index, level, resolution, from / HEAD));
  const begin = heads[0]?.from ?? 0;
  const lists = new Map<string, Sources>();
  function sourcesOf({ from, to }: Window): Sources {
    const key = `${from} ${to}`;
    const within = () => heads.slice((from - begin) / HEAD, (to - begin) / HEAD).map((head) => idOf(head, 0));
    const sources = lists.get(key) ?? packSources(within().sort());
    lists.set(key, sources);
    return sources;
  }
  return (window, resolution) => {
    const { level, from, to, made, markedAt } = window;
    const hours = (to - from) / HOUR;
    const chunks = series * hours;
    const meta: BlockMeta = {
      ulid: idOf(window, resolution),
      minTime: from + 17 + (life.index % 900),
      maxTime: to,
      samples: resolution === 0 ? chunks * SCRAPES_PER_HOUR : Math.ceil((chunks * HOUR) / resolution) * 5,
      series: Math.round(series * (1 + level / 10)),
      chunks,
      ...{ tombstones: 0, failed: false, rewrittenFrom: NONE, rewritten: NONE, hints: NONE, parents: NONE },
      parentGaps: NONE,
      parentsOverlap: false,
      level,
      sources: level === 1 ? [idOf(window, 0)] : sourcesOf(window),
      labels,
      resolution,
      source: level === 1 ? source : "compactor",
      files: filesOf(window, resolution),
      uploadTime: made + 30_000,
    };
    return { meta, mark: markedAt === null ? null : { time: markedAt, details: REPLACED } };
  };
}

const NONE: readonly never[] = [];
/** Sizes of what the objects of a bench bucket hold; nobody reads them. */
export const FILE_BYTES = { index: 200, chunks: 100 } as const;
const SHAPES = [1, 1, 2, 4].map((segments) => [
  ...Array.from({ length: segments }, (_, at) => ({ path: `chunks/00000${at + 1}`, size: FILE_BYTES.chunks })),
  { path: "index", size: FILE_BYTES.index },
]);

function filesOf({ level }: Window, resolution: Resolution): BlockMeta["files"] {
  return SHAPES[resolution === 0 ? level - 1 : 0] ?? [];
}
