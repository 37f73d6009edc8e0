import { describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { classifyFreshness } from "#blocks/streams/classify";
import { paceOf } from "#blocks/streams/pace";
import { at, DAY, HOUR, MINUTE, readableOf, settingsOf, ulidAt } from "#test/packages/blocks/factory";
import { randomFrom } from "#test/packages/blocks/healthy-fleet";

/* Years of producers' lives, judged by several rules: the figures of docs/adr/0012. */

const RANGE = 2 * HOUR;
const YEAR = 365 * DAY;
const YEARS = 4;
const RESTARTS = 52;
const BEGIN = at("2026-01-01T00:00:00Z");
/** Of 50 h: a bucket has its heads until they were compacted, and 48 h longer. */
const KEPT = 25;
const TWO_WEEKS = 168;

/** A head: the end of its samples, when it was cut, when it was in the bucket. */
interface Head {
  readonly end: number;
  readonly cut: number;
  readonly seen: number;
  /** By a fault of which the audit should tell. */
  readonly isHeld: boolean;
}

interface Restart {
  readonly at: number;
  readonly up: number;
}

function restartsIn(random: () => number): readonly Restart[] {
  return Array.from({ length: RESTARTS * YEARS }, () => {
    const time = BEGIN + random() * YEARS * YEAR;
    return { at: time, up: time + random() * MINUTE };
  }).sort((a, b) => a.at - b.at);
}

interface Life {
  readonly seed: number;
  /** Whether each process has a delay of its own. */
  readonly isDelayed?: boolean;
  readonly took?: (random: () => number, nth: number) => number;
  /** A year, of 1 to 10 h. */
  readonly outages?: number;
}

/** A Prometheus (prometheus tsdb/db.go Compact): a head is cut an hour after its end, and the delay of the process that finds it so. */
function sidecar({ seed, isDelayed = false, took = fast, outages = 0 }: Life): readonly Head[] {
  const random = randomFrom(seed);
  const restarts = restartsIn(random);
  const delayOf = new Map(restarts.map((restart) => [restart, isDelayed ? random() * 0.1 * RANGE : 0]));
  const down = Array.from({ length: outages * YEARS }, () => {
    const from = BEGIN + random() * YEARS * YEAR;
    return { from, to: from + HOUR + random() * 9 * HOUR };
  });
  let next = 0;
  let delay = 0;
  let last = 0;
  return Array.from({ length: (YEARS * YEAR) / RANGE }, (_, nth) => {
    const end = BEGIN + (nth + 1) * RANGE;
    let found = end + RANGE / 2 + random() * MINUTE;
    let cut = found + delay;
    for (let restart = restarts[next]; restart !== undefined && restart.at < cut; restart = restarts[next]) {
      delay = delayOf.get(restart) ?? 0;
      if (restart.at > found) found = restart.up;
      cut = Math.max(found, restart.up) + delay;
      next += 1;
    }
    const due = cut + took(random, nth);
    const outage = down.find(({ from, to }) => due >= from && due < to);
    last = Math.max(outage?.to ?? due, last + 10_000);
    return { end, cut, seen: last, isHeld: last > due };
  });
}

function fast(random: () => number): number {
  return random() * MINUTE;
}

const slow = (random: () => number) => (15 + random() * 10) * MINUTE;
const nightly = (random: () => number, nth: number) => (nth % 12 === 3 ? slow(random) : fast(random));

const BLOCK = readableOf({ min: BEGIN, max: BEGIN + RANGE });

function blockOf({ end, cut, seen }: Head): ReadableBlock {
  const ulid = ulidAt(Math.floor(cut));
  const file = { size: 1, lastModified: Math.floor(seen), etag: "", storageClass: "" };
  return { ...BLOCK, ulid, meta: { ...BLOCK.meta, ulid, maxTime: end }, files: new Map([["meta.json", file]]) };
}

function streamTo(newest: ReadableBlock["meta"], isReceive: boolean) {
  return { labels: {}, cluster: {}, clusterId: "", firstMinTime: 0, newest, range: RANGE, isReceive };
}

const settings = settingsOf();

/** Slacks for a head, by those before it. */
const SLACKS: Readonly<Record<string, (before: readonly Head[], kept: readonly ReadableBlock[]) => number>> = {
  fixed: () => 15 * MINUTE,
  /** The 99th percentile of two weeks, from 5 to 60 minutes. */
  p99: (before) => {
    const late = before.map(({ seen, end }) => seen - end - RANGE / 2).sort((a, b) => a - b);
    return Math.min(HOUR, Math.max(5 * MINUTE, late[Math.ceil(0.99 * late.length) - 1] ?? 0));
  },
  ours: (_, kept) => paceOf(streamTo(kept.at(-1)?.meta ?? BLOCK.meta, false), kept, settings).slack,
};

/** False alarms a year, and the slack in minutes on average: so long after its cut was due a dead stream is found. */
function judged(heads: readonly Head[]): Readonly<Record<string, readonly [alarms: number, slack: number]>> {
  const blocks = heads.map(blockOf);
  return Object.fromEntries(
    Object.entries(SLACKS).map(([name, slackFor]) => {
      const slacks = heads
        .slice(TWO_WEEKS)
        .map((_, nth) =>
          slackFor(heads.slice(nth, nth + TWO_WEEKS), blocks.slice(nth + TWO_WEEKS - KEPT, nth + TWO_WEEKS)),
        );
      const late = heads
        .slice(TWO_WEEKS)
        .filter(({ seen, end, isHeld }, nth) => !isHeld && seen - end - RANGE / 2 >= (slacks[nth] ?? 0));
      return [name, [round(late.length / YEARS), round(average(slacks) / MINUTE)]];
    }),
  );
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

describe("false alarms a year, and the average slack in minutes, of a healthy Prometheus", () => {
  it.each<[string, Life, ReturnType<typeof judged>]>([
    ["that cuts and uploads at once", { seed: 1 }, { fixed: [0, 15], p99: [0, 5], ours: [0, 15] }],
    [
      "with delayed compaction",
      { seed: 2, isDelayed: true },
      { fixed: [1.3, 15], p99: [114.8, 10.6], ours: [0, 20.6] },
    ],
    [
      "whose uploads take 15 to 25 minutes",
      { seed: 3, took: slow },
      { fixed: [4338, 15], p99: [52.5, 25.5], ours: [0, 48.2] },
    ],
    [
      "whose uploads do, with delayed compaction",
      { seed: 4, took: slow, isDelayed: true },
      { fixed: [4338, 15], p99: [93.5, 33.5], ours: [0, 54.6] },
    ],
    [
      "one of whose uploads a day does",
      { seed: 5, took: nightly },
      { fixed: [361.5, 15], p99: [47.5, 24.1], ours: [0, 40] },
    ],
    ["with an outage of 1 to 10 h a week", { seed: 6, outages: 52 }, { fixed: [0, 15], p99: [0, 48.7], ours: [0, 15] }],
  ])("%s", (_, life, figures) => {
    expect(judged(sidecar(life))).toEqual(figures);
  });
});

/**
 * A receiver (thanos pkg/receive/multitsdb.go startPeriodicHeadCompaction): a ticker of 2 h that begins anew with the process, and a head
 * that is cut at the first tick at which it is older than 3 h. A stop flushes it; a crash does not.
 */
function receiver(seed: number, isCrash: boolean): readonly Head[] {
  const random = randomFrom(seed);
  const heads: Head[] = [];
  let ticks = BEGIN;
  let begin = BEGIN;
  const put = (end: number, cut: number) => {
    heads.push({ end, cut, seen: cut + fast(random), isHeld: false });
  };
  for (const { at: stop, up } of [...restartsIn(random), { at: BEGIN + YEARS * YEAR, up: 0 }]) {
    for (;;) {
      const old = begin + 1.5 * RANGE;
      const cut = old + RANGE - ((old - ticks) % RANGE);
      if (cut >= stop) break;
      const end = (Math.floor(begin / RANGE) + 1) * RANGE;
      put(end, cut);
      begin = end;
    }
    if (!isCrash) {
      put(stop, stop);
      begin = up;
    }
    ticks = up + random() * 0.1 * RANGE;
  }
  return heads;
}

/** False alarms per restart by the ceiling, and by the phase where that is known; and how much earlier the phase would find a dead stream, in hours. */
function judgedReceiver(heads: readonly Head[]) {
  const blocks = heads.map(blockOf);
  const ahead: number[] = [];
  let [ceiling, phase] = [0, 0];
  for (const [nth, head] of heads.entries()) {
    const newest = blocks[nth - 1];
    if (newest === undefined) continue;
    const stream = streamTo(newest.meta, true);
    const { slack, expected } = paceOf(stream, blocks.slice(Math.max(0, nth - KEPT), nth), settings);
    const { deadline } = classifyFreshness(stream, { now: 0, slack });
    const early = expected === undefined ? deadline : Math.min(deadline, expected + slack);
    if (head.seen >= deadline) ceiling += 1;
    if (head.seen >= early) phase += 1;
    ahead.push((deadline - early) / HOUR);
  }
  const restarts = RESTARTS * YEARS;
  return { ceiling: round(ceiling / restarts), phase: round(phase / restarts), hours: round(average(ahead)) };
}

describe("false alarms per restart of a receiver, by the ceiling and by its phase", () => {
  it.each([
    ["that flushes its head", false, { ceiling: 0, phase: 0, hours: 0.9 }],
    ["that crashes", true, { ceiling: 0.4, phase: 0.9, hours: 1 }],
  ] as const)("%s", (_, isCrash, figures) => {
    expect(judgedReceiver(receiver(7, isCrash))).toEqual(figures);
  });
});
