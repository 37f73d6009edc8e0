import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resolution } from "#blocks/block/meta";
import { downsampleBacklog, toDownsample } from "#blocks/compactor/downsampling";

const HOUR = 3_600_000;
const MARK = { time: 0, reason: "manual", details: "" };

function block(resolution: Resolution, hours: number, sources: readonly string[], isMarked = false) {
  const meta = { minTime: 0, maxTime: hours * HOUR, resolution, sources };
  return { meta, noDownsampleMark: isMarked ? MARK : undefined };
}

describe("toDownsample", () => {
  it.each([
    { name: "40 h of raw samples", given: block(0, 40, ["a"]), due: 1 },
    { name: "less than that", given: block(0, 40 - 1 / HOUR, ["a"]), due: 0 },
    { name: "10 d of 5 m", given: block(300_000, 240, ["a"]), due: 1 },
    { name: "less than that", given: block(300_000, 240 - 1 / HOUR, ["a"]), due: 0 },
    { name: "any of 1 h", given: block(3_600_000, 400, ["a"]), due: 0 },
    { name: "a marked block", given: block(0, 40, ["a"], true), due: 0 },
  ])("takes $due of $name", ({ given, due }) => {
    expect(toDownsample([given])).toHaveLength(due);
  });

  it("takes a block once more where one of its sources is not there in the next resolution", () => {
    const raw = block(0, 336, ["a", "b", "c"]);
    expect(toDownsample([raw, block(300_000, 48, ["a"]), block(300_000, 48, ["b"])])).toEqual([raw]);
    expect(toDownsample([raw, block(300_000, 48, ["a", "b"]), block(300_000, 48, ["c"])])).toEqual([]);
  });

  it("takes what looking at every block for each source takes", () => {
    const sources = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 4 });
    const any = fc.tuple(fc.constantFrom<Resolution>(0, 300_000, 3_600_000), fc.constantFrom(2, 48, 336), sources);
    fc.assert(
      fc.property(fc.array(fc.tuple(any, fc.boolean()), { maxLength: 12 }), (specs) => {
        const blocks = specs.map(([spec, isMarked]) => block(...spec, isMarked));
        const seen = blocks.filter(({ noDownsampleMark }) => noDownsampleMark === undefined);
        const isMade = (source: string, resolution: number) =>
          seen.some(({ meta }) => meta.resolution === resolution && meta.sources.includes(source));
        const isDue = ({ meta: { resolution, maxTime, sources: own } }: (typeof blocks)[number]) =>
          (resolution === 0 && maxTime >= 40 * HOUR && own.some((source) => !isMade(source, 300_000))) ||
          (resolution === 300_000 && maxTime >= 240 * HOUR && own.some((source) => !isMade(source, 3_600_000)));
        expect(toDownsample(blocks)).toEqual(seen.filter(isDue));
      }),
    );
  });

  it("looks at the sources of every stream, and at no higher resolution than the next", () => {
    const raw = block(0, 48, ["a"]);
    expect(toDownsample([raw, block(3_600_000, 336, ["a"])])).toEqual([raw]);
    expect(toDownsample([raw, block(300_000, 48, ["a", "of another stream"])])).toEqual([]);
  });

  it("does not see what a marked block has done, as Thanos counts it all the same", () => {
    const blocks = [block(0, 48, ["a"]), block(300_000, 48, ["a"], true)];
    expect(toDownsample(blocks)).toEqual([blocks[0]]);
    expect(downsampleBacklog(blocks)).toBe(0);
  });
});

// The facts of thanos pkg/compact/compact_test.go.
describe("downsampleBacklog", () => {
  it("counts over all groups", () => {
    const blocks = [
      block(0, 39, ["7", "8"]),
      block(300_000, 240, ["8", "9"]),
      block(300_000, 240, ["8", "11"]),
      block(3_600_000, 240, ["9", "10"]),
    ];
    expect(downsampleBacklog(blocks)).toBe(2);
  });
});
