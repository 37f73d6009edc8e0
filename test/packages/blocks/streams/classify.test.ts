import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyFreshness } from "#blocks/streams/classify";
import { at, HOUR, MINUTE, readableOf } from "#test/packages/blocks/factory";

const SLACK = 15 * MINUTE;

function streamEndingAt(max: number, isReceive = false, range = 2 * HOUR) {
  return { newest: readableOf({ min: max - HOUR, max }).meta, range, isReceive };
}

function missed(newest: string, now: string, isReceive = false): number {
  return classifyFreshness(streamEndingAt(at(newest), isReceive), { now: at(now), slack: SLACK }).missedBlocks;
}

describe("classifyFreshness", () => {
  it.each([
    ["2026-11-20T00:00:00Z", "2026-11-20T03:14:00Z", 0],
    ["2026-11-20T00:00:00Z", "2026-11-20T03:14:59.999Z", 0],
    ["2026-11-20T00:00:00Z", "2026-11-20T03:15:00Z", 1],
    ["2026-11-20T00:00:00Z", "2026-11-20T03:16:00Z", 1],
    ["2026-11-20T02:00:00Z", "2026-11-20T03:16:00Z", 0],
    ["2026-11-20T00:00:00Z", "2026-11-20T05:15:00Z", 2],
    ["2026-11-20T00:00:00Z", "2026-11-20T07:15:00Z", 3],
    ["2026-11-20T00:34:00Z", "2026-11-20T03:16:00Z", 1],
  ])("of a stream that ends at %s, at %s, counts %i missed blocks", (newest, now, blocks) => {
    expect(missed(newest, now)).toBe(blocks);
  });

  it.each([
    ["2026-11-20T05:14:59Z", 0],
    ["2026-11-20T05:15:00Z", 1],
    ["2026-11-20T07:14:59Z", 1],
    ["2026-11-20T07:15:00Z", 2],
  ])("gives Receive 5 h and the slack: at %s counts %i", (now, blocks) => {
    expect(missed("2026-11-20T00:00:00Z", now, true)).toBe(blocks);
  });

  it("says where the newest block would have to end", () => {
    const { expectedMaxTime } = classifyFreshness(streamEndingAt(at("2026-11-20T00:00:00Z")), {
      now: at("2026-11-20T03:16:00Z"),
      slack: SLACK,
    });
    expect(expectedMaxTime).toBe(at("2026-11-20T02:00:00Z"));
  });

  it("counts a first block exactly from the deadline on", () => {
    const time = fc.integer({ min: 0, max: 2_000_000_000_000 });
    const range = fc.constantFrom(HOUR, 2 * HOUR, 6 * HOUR);
    fc.assert(
      fc.property(time, range, fc.boolean(), (max, blockRange, isReceive) => {
        const stream = streamEndingAt(max, isReceive, blockRange);
        const { deadline } = classifyFreshness(stream, { now: 0, slack: SLACK });
        const before = classifyFreshness(stream, { now: deadline - 1, slack: SLACK });
        const after = classifyFreshness(stream, { now: deadline, slack: SLACK });
        expect([before.missedBlocks, after.missedBlocks]).toEqual([0, 1]);
      }),
    );
  });

  // Receive from 0.42 on cuts by a ticker of its own: age of the newest block by the phase of the tick.
  it.each([0, 60, 61, 119])("never calls a healthy Receive with phase %i min late", (phase) => {
    let head = 0;
    let newest = 0;
    for (let now = 0; now < 48 * HOUR; now += MINUTE) {
      const isTick = now % (2 * HOUR) === phase * MINUTE;
      for (; isTick && now - head > 3 * HOUR; head = newest) newest = (Math.floor(head / (2 * HOUR)) + 1) * 2 * HOUR;
      if (newest === 0) continue;
      const verdict = classifyFreshness(streamEndingAt(newest, true), { now, slack: SLACK });
      expect(verdict.missedBlocks).toBe(0);
    }
    expect(newest).toBeGreaterThan(40 * HOUR);
  });
});
