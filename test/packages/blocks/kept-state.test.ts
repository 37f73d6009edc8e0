import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeReading } from "#blocks/audit";
import type { Block } from "#blocks/block/block";
import type { Parts } from "#blocks/traits";
import {
  at,
  type BlockSpec,
  DAY,
  HOUR,
  headBlocks,
  MINUTE,
  readableOf,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const LONG_AGO = at("2026-11-06T00:00:00Z");
/** A deletion mark by Thanos, by its retention or by hand, or a mark that keeps from something. */
const MARKS = {
  compacted: { deletionMark: { time: NOON - 20 * HOUR, reason: "", details: "source of compacted block" } },
  retained: {
    deletionMark: { time: NOON - 2 * HOUR, reason: "", details: "block exceeding retention of 240h0m0s" },
  },
  byHand: { deletionMark: { time: NOON - 30 * HOUR, reason: "", details: "two of them" } },
  noCompact: { noCompactMark: { time: NOON - 40 * DAY, reason: "manual", details: "" } },
  noDownsample: { noDownsampleMark: { time: NOON - 31 * DAY, reason: "manual", details: "" } },
} as const satisfies Readonly<Record<string, Partial<Block>>>;

type State = "there" | "gone" | keyof typeof MARKS;

/** A stream with heads, and what was made of the heads before them. */
function streamOf(labels: Readonly<Record<string, string>>): readonly BlockSpec[] {
  const day = (from: number, resolution: number): BlockSpec => ({
    ...{ min: from, max: from + 2 * DAY, labels, level: 3, source: "compactor", resolution },
    sources: Array.from({ length: 24 }, (_, at) => ulidAt(from + (at + 1) * 2 * HOUR)),
    parents: [
      { ulid: ulidAt(from + DAY), minTime: from, maxTime: from + DAY },
      { ulid: ulidAt(from + 2 * DAY), minTime: from + DAY + HOUR, maxTime: from + 2 * DAY },
    ],
    uploaded: from + 2 * DAY + 5 * HOUR,
  });
  const days = [0, 2, 4, 6, 8, 10, 12].map((days) => LONG_AGO + days * DAY);
  return [
    ...days.flatMap((from) => [day(from, 0), day(from, 300_000)]),
    ...headBlocks(NOON - 2 * HOUR, 4, { labels, indexSize: 24 * 2 ** 30 }),
    ...headBlocks(NOON, 1, { labels, uploaded: null }),
  ];
}

const SPECS = [
  ...streamOf({ cluster: "a", replica: "0" }),
  ...streamOf({ cluster: "a", replica: "1" }),
  ...streamOf({ cluster: "a" }),
  // Two heads that are too few to learn from, and a third that overlaps with them.
  ...headBlocks(NOON, 2, { labels: { cluster: "b" } }),
  { min: NOON - 3 * HOUR, max: NOON - 1 * HOUR, labels: { cluster: "b" }, source: "bucket.upload" },
].toSorted((a, b) => (ulidOf(a) < ulidOf(b) ? -1 : 1));
/** Of the shards that they lie in. */
const PART = 17;

const SETTINGS: readonly Parameters<typeof settingsOf>[0][] = [
  {},
  { consistencyDelay: "4h" },
  { deleteDelay: "10h" },
  { replicaLabels: [] },
  { deduplicationReplicaLabels: ["replica"] },
  { verticalCompaction: true },
  { retention: { raw: "9d" } },
  { retention: { raw: "9d", "5m": "10d" } },
  { blockRange: "1h" },
  { uploadSlack: "15m" },
  { uploadSlack: "40m" },
  { thresholds: { gap: "3h" } },
  { thresholds: { missingDownsample: "8d", indexShare: 0.1, localRetention: "1d" } },
];

const Step = fc.record({
  changes: fc.array(
    fc.record({
      place: fc.nat(SPECS.length - 1),
      state: fc.constantFrom<State[]>("there", "gone", "compacted", "retained", "byHand", "noCompact", "noDownsample"),
    }),
    { maxLength: 3 },
  ),
  hours: fc.constantFrom(0, 0, 3, 5, 26, -3, 24 * 7),
  /** Of two that ask one after another. */
  settings: fc.tuple(fc.constantFrom(...SETTINGS), fc.constantFrom(...SETTINGS)),
});
type Step = typeof Step extends fc.Arbitrary<infer T> ? T : never;

function blockIn(state: State, spec: BlockSpec): readonly Block[] {
  if (state === "gone") return [];
  return [{ ...readableOf(spec), ...(state === "there" ? {} : MARKS[state]) }];
}

/** The blocks in their states, and the parts of a process that is up: what has not changed is what it was. */
function changing() {
  const states = SPECS.map((): State => "there");
  const kept = SPECS.map((spec) => blockIn("there", spec));
  let parts: Parts = partsOf(kept);
  return {
    change(changes: Step["changes"]): void {
      for (const { place, state } of changes) {
        if (states[place] === state) continue;
        states[place] = state;
        kept[place] = SPECS.slice(place, place + 1).flatMap((spec) => blockIn(state, spec));
      }
      const before = parts;
      parts = partsOf(kept).map((part, at) => (isSame(part, before[at] ?? []) ? (before[at] ?? part) : part));
    },
    parts: () => parts,
    anew: (): Parts => partsOf(SPECS.map((spec, place) => blockIn(states[place] ?? "there", spec))),
  };
}

function partsOf(blocks: readonly (readonly Block[])[]): Parts {
  return Array.from({ length: Math.ceil(blocks.length / PART) }, (_, nth) =>
    blocks.slice(nth * PART, (nth + 1) * PART).flat(),
  );
}

function isSame(a: readonly Block[], b: readonly Block[]): boolean {
  return a.length === b.length && a.every((block, place) => block === b[place]);
}

async function audit(
  parts: Parts,
  { now, settings }: { readonly now: number; readonly settings: Step["settings"][number] },
) {
  const reading = {
    ...{ blocks: parts.flat(), parts, objects: 0, bytes: 0, foreign: [], uploads: undefined, headers: undefined },
    ...{ index: null, requests: { list: 0, get: 0 } },
  };
  const request = { url: "s3://blocks", settings: settingsOf(settings), now: new Date(now), stopwatch: () => 0 };
  return judgeReading({ ...request, reading });
}

describe("a process that is up", () => {
  it(
    "says of blocks, marks, settings and times that change what one says that has just started",
    { timeout: 300_000 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(Step, { minLength: 2, maxLength: 6 }), async (steps) => {
          const bucket = changing();
          let now = NOON + 70 * MINUTE;
          for (const { changes, hours, settings } of steps) {
            bucket.change(changes);
            now += hours * HOUR;
            for (const of of settings) {
              const asked = { now, settings: of };
              expect(await audit(bucket.parts(), asked)).toEqual(await audit(bucket.anew(), asked));
            }
          }
        }),
        { numRuns: 50 },
      ),
  );
});
