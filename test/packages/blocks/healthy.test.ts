import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { liveThrough, randomFrom } from "#test/packages/blocks/healthy-fleet";
import { DAYS, END, findingsAt, fleet, SETTLED, START, told } from "#test/packages/blocks/healthy-ticks";

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
