import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHECKS } from "#blocks/catalogue";
import type { Finding } from "#blocks/finding";
import { groupKeys } from "#blocks/group-key";
import { bucketModel } from "#blocks/model";
import { at, DAY, HOUR, MINUTE, readableOf, settingsOf } from "#test/packages/blocks/factory";
import { type LivedBlock, liveThrough, type Producer, randomFrom } from "#test/packages/blocks/healthy-fleet";

const START = at("2026-08-01T00:00:00Z");
const DAYS = 90;
const END = START + DAYS * DAY;
/** So long after its start a stream has its first block: an audit before that has nothing to go by. */
const SETTLED = 6 * HOUR;
const settings = settingsOf({ replicaLabels: ["replica"], expectedClusters: [{ cluster: "c0" }] });
const groupKeyOf = await groupKeys();

/** Three clusters of two replicas, two tenants of a receiver, a ruler. One cluster comes later than the others. */
function fleet(random: () => number): readonly Producer[] {
  const anyStart = (days: number) => START + Math.floor(random() * days * DAY);
  const clusters = ["c0", "c1", "c2"].flatMap((cluster, index) => {
    const start = anyStart(index === 2 ? 40 : 1);
    return ["0", "1"].map(
      (replica): Producer => ({
        labels: { cluster, replica },
        source: "sidecar",
        start,
        phase: Math.floor(random() * 11 * MINUTE),
        restarts: [],
      }),
    );
  });
  const tenants = ["t0", "t1"].map(
    (tenant_id): Producer => ({
      labels: { receive: "true", tenant_id },
      source: "receive",
      start: anyStart(1),
      phase: Math.floor(random() * 2 * HOUR),
      restarts: Array.from({ length: 4 }, () => anyStart(DAYS)).sort((a, b) => a - b),
    }),
  );
  const ruler: Producer = { labels: { ruler: "r" }, source: "ruler", start: anyStart(1), phase: 0, restarts: [] };
  return [...clusters, ...tenants, ruler];
}

function filesOf({ from, marked }: LivedBlock, now: number) {
  const file = (size: number, lastModified: number) => ({ size, lastModified, etag: "", storageClass: "STANDARD" });
  return new Map([
    ["chunks/000001", file(100, from - 1000)],
    ["index", file(50, from)],
    ["meta.json", file(900, from)],
    ...(marked !== undefined && marked.at <= now ? [["deletion-mark.json", file(90, marked.at)] as const] : []),
  ]);
}

/** What the checks say of the bucket as it was at `now`. */
function findingsAt(blocks: readonly LivedBlock[], now: number): readonly Finding[] {
  const there = blocks.filter(({ from, deletedAt = Number.POSITIVE_INFINITY }) => from <= now && deletedAt > now);
  const read = there.map((one) => {
    const { marked } = one;
    const mark =
      marked !== undefined && marked.at <= now ? { time: marked.at, reason: "", details: marked.details } : undefined;
    return { ...readable(one), files: filesOf(one, now), deletionMark: mark };
  });
  const model = bucketModel({ url: "s3://healthy", now, settings, blocks: read, groupKeyOf });
  return CHECKS.flatMap((check) => check(model));
}

const parsed = new WeakMap<LivedBlock, ReturnType<typeof readableOf>>();
function readable(one: LivedBlock) {
  const known = parsed.get(one) ?? readableOf(one.spec);
  parsed.set(one, known);
  return known;
}

function told(findings: readonly Finding[], now: number): readonly string[] {
  return findings.map(({ id, severity, summary, labels }) =>
    [new Date(now).toISOString(), severity, id, JSON.stringify(labels), summary].join(" "),
  );
}

describe("a healthy fleet", () => {
  const random = randomFrom(1);
  const blocks = liveThrough(fleet(random), END, random);

  it("has blocks of every kind", () => {
    const kinds = new Set(blocks.map(({ spec }) => `${spec.source} ${spec.resolution ?? 0}`));
    expect([...kinds].sort()).toEqual([
      "compactor 0",
      "compactor 300000",
      "compactor 3600000",
      "receive 0",
      "ruler 0",
      "sidecar 0",
    ]);
    expect(blocks.some(({ spec }) => spec.max - spec.min > 13 * DAY)).toBe(true);
    expect(blocks.some(({ deletedAt }) => deletedAt !== undefined)).toBe(true);
  });

  it("is not silent whatever happens: a head that is lost is a hole", () => {
    const lost = blocks.find(({ spec, from }) => spec.source === "sidecar" && from > START + 45 * DAY);
    const now = (lost?.from ?? 0) + 3 * HOUR;

    const found = findingsAt(
      blocks.filter((one) => one !== lost),
      now,
    );
    expect(found.map(({ id, severity }) => `${severity} ${id}`)).toEqual(["info upload.gap"]);
  });

  it("has no finding at any of 300 ticks of 5 minutes in 90 days", () => {
    const tick = fc.integer({ min: DAY / (5 * MINUTE), max: (DAYS * DAY - SETTLED) / (5 * MINUTE) - 1 });
    fc.assert(
      fc.property(tick, (ticks) => {
        const now = START + ticks * 5 * MINUTE + SETTLED;
        expect(told(findingsAt(blocks, now), now)).toEqual([]);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("has none after the end of a window of 14 d, when everything is compacted at once", () => {
    const edge = Math.ceil((START + 30 * DAY) / (14 * DAY)) * 14 * DAY;
    for (let now = edge; now < edge + 2.5 * DAY; now += 20 * MINUTE) {
      expect(told(findingsAt(blocks, now), now)).toEqual([]);
    }
  });

  it("has none with other phases, starts and durations", () => {
    for (const seed of [2, 3]) {
      const other = randomFrom(seed);
      const lived = liveThrough(fleet(other), START + 20 * DAY, other);
      for (let now = START + 2 * DAY; now < START + 20 * DAY; now += 245 * MINUTE) {
        expect(told(findingsAt(lived, now), now)).toEqual([]);
      }
    }
  });
});
