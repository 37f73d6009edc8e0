import { describe, expect, it } from "vitest";
import { owedFrom } from "#blocks/compactor/downsampling-owed";
import type { Interval } from "#blocks/intervals";

/** Windows of 48 hours, of which 40 have to be filled. */
const RULE = { range: 48, shortest: 40 };

describe("owedFrom", () => {
  it.each([
    { what: "nothing", covered: [], after: 0, owed: undefined },
    { what: "samples that go on from the newest downsampled ones", covered: [[0, 100]], after: 48, owed: 48 },
    { what: "what is all downsampled", covered: [[0, 96]], after: 96, owed: undefined },
    { what: "a stream that has just begun, and can still fill its window", covered: [[5, 9]], after: 0, owed: 5 },
    { what: "a stream that began too late in its window", covered: [[10, 30]], after: 0, owed: undefined },
    { what: "the next window where the first is too short", covered: [[10, 90]], after: 0, owed: 48 },
    { what: "a producer that was down, within one window", covered: [[0, 10], [30, 48], [48, 60]], after: 0, owed: 0 }, // biome-ignore format: pairs
    { what: "a producer that was down for days", covered: [[0, 20], [205, 300]], after: 0, owed: 240 }, // biome-ignore format: pairs
    { what: "times before the epoch", covered: [[-96, -48]], after: Number.NEGATIVE_INFINITY, owed: -96 },
  ] satisfies { what: string; covered: [number, number][]; after: number; owed: number | undefined }[])(
    "is $owed of $what",
    ({ covered, after, owed }) => {
      const union = covered.map(([from, to]): Interval => ({ from, to }));
      expect(owedFrom(union, after, RULE)).toBe(owed);
    },
  );
});
