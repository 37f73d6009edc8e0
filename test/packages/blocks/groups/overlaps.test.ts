import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlapSince, overlapWindows } from "#blocks/groups/overlaps";
import { type BlockSpec, HOUR, readableOf, ulidAt } from "#test/packages/blocks/factory";

function windowsOf(intervals: readonly (readonly [number, number])[]) {
  const blocks = intervals
    .map(([from, to], index): BlockSpec => ({ min: from * HOUR, max: to * HOUR, ulid: ulidAt(index) }))
    .map(readableOf)
    .sort((a, b) => a.meta.minTime - b.meta.minTime);
  return overlapWindows({ blocks });
}

describe("overlapWindows", () => {
  it("does not see blocks that touch as overlapping", () => {
    expect(
      windowsOf([
        [0, 2],
        [2, 4],
        [4, 6],
      ]),
    ).toEqual([]);
  });

  it("keeps separate pairs apart and chains together", () => {
    const windows = windowsOf([
      [0, 2],
      [0, 2],
      [2, 4],
      [4, 8],
      [5, 6],
      [7, 9],
    ]);
    expect(windows.map(({ from, to, blocks }) => [from / HOUR, to / HOUR, blocks.length])).toEqual([
      [0, 2, 2],
      [4, 9, 3],
    ]);
  });

  it("names exactly the blocks that overlap another", () => {
    const interval = fc
      .tuple(fc.nat(30), fc.integer({ min: 1, max: 6 }))
      .map(([from, span]) => [from, from + span] as const);
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 15 }), (intervals) => {
        const expected = intervals.flatMap(([from, to], index) =>
          intervals.some(([a, b], other) => other !== index && a < to && from < b) ? [ulidAt(index)] : [],
        );
        const found = windowsOf(intervals).flatMap(({ blocks }) => blocks.map(({ ulid }) => ulid));
        expect(found.sort()).toEqual(expected.sort());
      }),
    );
  });
});

describe("overlapSince", () => {
  it("is when the second block of the first pair came", () => {
    const windows = windowsOf([
      [0, 2],
      [1, 2],
      [4, 6],
      [4, 6],
    ]);
    expect(overlapSince(windows, ({ meta }) => meta.minTime)).toBe(HOUR);
  });
});
