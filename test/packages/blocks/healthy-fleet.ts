import { type BlockSpec, DAY, HOUR, MINUTE, ulidAt } from "#test/packages/blocks/factory";

/** A block and its life; times in ms. */
export interface LivedBlock {
  readonly spec: BlockSpec & { readonly ulid: string; readonly sources: readonly string[] };
  /** When its meta.json is there. */
  readonly from: number;
  /** Set by the compactor. */
  marked?: { readonly at: number; readonly details: string };
  deletedAt?: number;
}

export interface Producer {
  readonly labels: Readonly<Record<string, string>>;
  readonly source: "sidecar" | "ruler" | "receive";
  readonly start: number;
  /** Constant per process: `--enable-feature=delayed-compaction`, or the phase of a receiver's ticker. */
  readonly phase: number;
  /** In their order. A receiver flushes its head before each. */
  readonly restarts: readonly Restart[];
  /** It scrapes nothing more from here on, and uploads what it has. */
  readonly until?: number;
  /** A fault in when a head is cut, given when it should be. */
  readonly cut?: (due: number) => number;
  /** A fault in when a head is uploaded, given when it should be. */
  readonly upload?: (due: number) => number;
}

export interface Restart {
  readonly at: number;
  /** Until the process has read its log and scrapes again. */
  readonly takes: number;
  /** Of the new process. */
  readonly phase: number;
}

/** Faults of the compactor. */
export interface Compactor {
  /** Whether it does anything. */
  readonly works?: (now: number) => boolean;
  /** Whether it compacts this stream. */
  readonly compacts?: (labels: Producer["labels"], now: number) => boolean;
  /** Whether it makes this stream's samples of this resolution, ms. */
  readonly downsamples?: (labels: Producer["labels"], now: number, resolution: number) => boolean;
}

const always = () => true;
const RANGE = 2 * HOUR;
const WINDOWS = [RANGE, 8 * HOUR, 48 * HOUR, 14 * DAY];
const CONSISTENCY_DELAY = 30 * MINUTE;
const DELETE_DELAY = 48 * HOUR;
const WAIT = 5 * MINUTE;

/** Deterministic, in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Everything that these producers and one compactor put into a bucket until `end`: heads cut at their times, every plan
 * run once it is due, one after the other and each with a duration, downsampling after compaction, deletion 48 h after a mark.
 */
export function liveThrough(
  producers: readonly Producer[],
  end: number,
  random: () => number,
  { works = always, compacts = always, downsamples = always }: Compactor = {},
): readonly LivedBlock[] {
  const streams = producers.map(
    (producer): Life => ({
      ...{ labels: producer.labels, coming: headsOf(producer, end, random), there: [], gone: [] },
    }),
  );
  const start = producers.reduce((first, producer) => Math.min(first, producer.start), end);
  let isStale = false;
  for (let now = start; now < end; now += WAIT) {
    if (!works(now)) continue;
    for (const life of streams) {
      arrive(life, now);
      remove(life, now);
      if (isStale) collectGarbage(life.there, now);
    }
    isStale = false;
    const compacted = streams.filter((life) => {
      const before = life.there.length;
      if (!compacts(life.labels, now)) return false;
      for (let made = compact(life.there, now, random); made !== undefined; made = compact(life.there, now, random)) {
        now = made.from;
        life.there.push(made);
      }
      return life.there.length > before;
    });
    for (const life of compacted) {
      for (const resolution of [300_000, 3_600_000]) {
        const isDone = downsamples(life.labels, now, resolution);
        for (const made of isDone ? downsample(life.there, resolution, now) : []) {
          now = made.from;
          life.there.push(made);
        }
      }
      isStale = true;
    }
  }
  return streams.flatMap(({ coming, there, gone }) => [...gone, ...there, ...coming]);
}

/** The blocks of one stream. */
interface Life {
  readonly labels: Producer["labels"];
  /** Heads, the next first. */
  readonly coming: LivedBlock[];
  there: LivedBlock[];
  readonly gone: LivedBlock[];
}

function arrive({ coming, there }: Life, now: number): void {
  for (let next = coming[0]; next !== undefined && next.from <= now; next = coming[0]) {
    there.push(next);
    coming.shift();
  }
}

function isLive({ marked }: LivedBlock): boolean {
  return marked === undefined;
}

let salts = 0;
function nextUlid(at: number): string {
  salts = (salts + 1) % 10 ** 6;
  return ulidAt(at, String(salts));
}

function block(spec: Omit<BlockSpec, "ulid">, cut: number, from: number): LivedBlock {
  const ulid = nextUlid(cut);
  return { spec: { ...spec, ulid, sources: spec.sources ?? [ulid], uploaded: from }, from };
}

function headsOf(producer: Producer, end: number, random: () => number): LivedBlock[] {
  const { labels, source, start, restarts } = producer;
  const { until = end, cut: cutAt = asDue, upload: uploadAt = asDue } = producer;
  const heads: LivedBlock[] = [];
  let begin = start;
  let due = 0;
  while (begin < until) {
    const edge = (Math.floor(begin / RANGE) + 1) * RANGE;
    const flush = source === "receive" ? restarts.find(({ at }) => at > begin && at < edge) : undefined;
    const min = begin + 1 + Math.floor(random() * 15_000);
    const max = flush?.at ?? edge;
    const cut = cutAt(source === "receive" ? tickOf(producer, { begin, max }) : delayedCut(producer, edge, random));
    due = Math.max(cut + Math.floor(random() * 2 * MINUTE), due + 1000);
    const upload = uploadAt(due);
    if (upload < end) heads.push(block({ min, max, labels, source, samples: 1000 }, cut, upload));
    begin = flush === undefined ? max : max + flush.takes;
  }
  return heads.sort((a, b) => a.from - b.from);
}

/** When a Prometheus cuts the head that ends at `edge`: at 1.5 ranges, counted from where it would have begun, and then its delay. */
function delayedCut({ phase, restarts }: Producer, edge: number, random: () => number): number {
  const full = edge + RANGE / 2;
  const scraped = full + Math.floor(random() * MINUTE);
  const before = restarts.findLast(({ at }) => at <= full);
  let cut = Math.max(scraped, before === undefined ? 0 : before.at + before.takes) + (before?.phase ?? phase);
  // The delay begins anew with a process that finds the head long enough.
  for (const { at, takes, phase: next } of restarts.filter((one) => one.at > full)) {
    if (at >= cut) break;
    cut = at + takes + next;
  }
  return cut;
}

/** When a receiver cuts the head that begins and ends then: at a tick of its process, or when that ends, which flushes all that it has. */
function tickOf({ phase, restarts }: Producer, head: { readonly begin: number; readonly max: number }): number {
  const old = head.begin + 1.5 * RANGE;
  const process = restarts.findLast(({ at }) => at <= head.begin)?.phase ?? phase;
  const tick = old + 1 + ((((process - old - 1) % RANGE) + RANGE) % RANGE);
  return Math.min(tick, restarts.find(({ at }) => at >= head.max)?.at ?? tick);
}

function asDue(due: number): number {
  return due;
}

function remove(life: Life, now: number): void {
  const isDue = ({ marked }: LivedBlock) => marked !== undefined && now - marked.at > DELETE_DELAY;
  for (const one of life.there.filter(isDue)) {
    one.deletedAt = now;
    life.gone.push(one);
  }
  life.there = life.there.filter((one) => !isDue(one));
}

/** Downsampled blocks all of whose sources another one of their resolution has. */
function collectGarbage(blocks: readonly LivedBlock[], now: number): void {
  const live = blocks.filter((one) => isLive(one) && one.spec.resolution !== undefined);
  for (const one of live) {
    const isCovered = live.some(
      (other) =>
        other !== one &&
        isLive(other) &&
        other.spec.resolution === one.spec.resolution &&
        other.spec.sources.length > one.spec.sources.length &&
        one.spec.sources.every((source) => other.spec.sources.includes(source)),
    );
    if (isCovered) one.marked = { at: now, details: "outdated block" };
  }
}

function compact(blocks: readonly LivedBlock[], now: number, random: () => number): LivedBlock | undefined {
  for (const resolution of [undefined, 300_000, 3_600_000]) {
    const live = blocks
      .filter((one) => isLive(one) && one.spec.resolution === resolution)
      .filter(({ spec, from }) => spec.source === "compactor" || from + CONSISTENCY_DELAY <= now)
      .sort((a, b) => a.spec.min - b.spec.min);
    const plan = planOf(live);
    const [first] = plan;
    const last = plan.at(-1);
    if (first === undefined || last === undefined) continue;
    const took = Math.floor(((last.spec.max - first.spec.min) / (14 * DAY)) * 20 * MINUTE + random() * 2 * MINUTE);
    const merged = block(
      {
        min: first.spec.min,
        max: last.spec.max,
        ...(first.spec.labels && { labels: first.spec.labels }),
        source: "compactor",
        level: Math.max(...plan.map(({ spec }) => spec.level ?? 1)) + 1,
        sources: plan.flatMap(({ spec }) => spec.sources),
        samples: plan.reduce((sum, { spec }) => sum + (spec.samples ?? 0), 0),
        ...(resolution !== undefined && { resolution }),
      },
      now,
      now + took,
    );
    for (const parent of plan) parent.marked = { at: now + took + 1000, details: "source of compacted block" };
    return merged;
  }
  return undefined;
}

/** The first window of the smallest range that holds two blocks and is followed by two more. */
function planOf(live: readonly LivedBlock[]): readonly LivedBlock[] {
  for (const window of WINDOWS) {
    const byWindow = Map.groupBy(live, ({ spec }) => Math.floor(spec.min / window));
    for (const [index, blocks] of byWindow) {
      const end = (index + 1) * window;
      const later = live.filter(({ spec }) => spec.min >= end);
      if (blocks.length >= 2 && later.length >= 2) return blocks;
    }
  }
  return [];
}

function downsample(blocks: readonly LivedBlock[], resolution: number, now: number): readonly LivedBlock[] {
  const [from, least] = resolution === 300_000 ? [undefined, 40 * HOUR] : [300_000, 10 * DAY];
  const done = new Set(blocks.filter(({ spec }) => spec.resolution === resolution).flatMap(({ spec }) => spec.sources));
  let at = now;
  return blocks
    .filter((one) => isLive(one) && one.spec.resolution === from && one.spec.max - one.spec.min >= least)
    .filter(({ spec }) => spec.sources.some((source) => !done.has(source)))
    .map(({ spec }) => {
      const cut = at;
      at += 2 * MINUTE;
      return block({ ...spec, source: "compactor", resolution }, cut, at);
    });
}
