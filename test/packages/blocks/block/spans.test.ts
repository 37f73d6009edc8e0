import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spansOf } from "#blocks/block/spans";
import { uncovered, union } from "#blocks/intervals";

const interval = fc
  .tuple(fc.nat(50), fc.integer({ min: 1, max: 30 }))
  .map(([from, long]) => ({ from, to: from + long }));
const intervals = fc.array(interval, { maxLength: 30 });

describe("spansOf", () => {
  it("finds what looking at each finds", () => {
    fc.assert(
      fc.property(intervals, interval, (all, asked) => {
        const expected = all
          .filter(({ from, to }) => from < asked.to && to > asked.from)
          .toSorted((a, b) => a.from - b.from);
        expect(spansOf(all, (one) => one).within(asked.from, asked.to)).toEqual(expected);
      }),
    );
  });
});

describe("uncovered", () => {
  it("counts what counting each moment counts", () => {
    fc.assert(
      fc.property(intervals, interval, (all, wanted) => {
        const moments = Array.from({ length: wanted.to - wanted.from }, (_, index) => wanted.from + index);
        const bare = moments.filter((moment) => !all.some(({ from, to }) => moment >= from && moment < to));
        expect(uncovered(wanted, union(all))).toBe(bare.length);
      }),
    );
  });
});
