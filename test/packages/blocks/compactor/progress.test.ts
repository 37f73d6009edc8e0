import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactionBacklog } from "#blocks/compactor/progress";
import { planBlocksOf, RANGES, type Row, stream } from "#test/packages/blocks/compactor/blocks";

const HOURS = [1, 2, 4, 8];

function backlog(rows: readonly Row[]) {
  return compactionBacklog(planBlocksOf(rows), { ranges: HOURS, exact: false });
}

// The facts of thanos pkg/compact/compact_test.go, times in hours.
describe("compactionBacklog", () => {
  it.each([
    { name: "two blocks, none newer", rows: [[1, 0, 2], [2, 2, 4]], runs: 0, blocks: 0 }, // biome-ignore format: rows
    { name: "two blocks and a newer one", rows: [[1, 4, 6], [2, 6, 8], [3, 8, 10]], runs: 1, blocks: 2 }, // biome-ignore format: rows
    { name: "blocks as long as any", rows: [[1, 10, 12], [2, 12, 20], [3, 20, 28]], runs: 0, blocks: 0 }, // biome-ignore format: rows
    {
      name: "two windows, and the window of both",
      rows: [
        [1, 0, 2],
        [2, 2, 4],
        [3, 4, 6],
        [4, 6, 8],
        [5, 8, 10],
      ],
      runs: 3,
      blocks: 6,
    },
    {
      name: "blocks that are not next to each other",
      rows: [
        [1, 2, 4],
        [2, 4, 6],
        [3, 6, 8],
        [4, 10, 12],
      ],
      runs: 1,
      blocks: 2,
    },
  ] satisfies { name: string; rows: Row[]; runs: number; blocks: number }[])("counts $runs of $name", (given) => {
    expect(backlog(given.rows)).toEqual({ runs: given.runs, blocks: given.blocks });
  });

  it("counts one run for each overlap, though the first halts the compactor", () => {
    const rows: readonly Row[] = [[1, 0, 2], [2, 1, 2], [3, 4, 6], [4, 5, 6], [5, 8, 10], [6, 9, 10]]; // biome-ignore format: rows
    expect(backlog(rows)).toMatchObject({ runs: 3, blocks: 6 });
  });

  it("loses windows where Thanos does: all that it makes up within a second is one block to it", () => {
    const rows = Array.from({ length: 17 }, (_, index): Row => [index, index * 2, index * 2 + 2]);
    const blocks = planBlocksOf(rows);
    const exact = compactionBacklog(blocks, { ranges: HOURS, exact: true });
    const asThanos = compactionBacklog(blocks, { ranges: HOURS, exact: false });
    // 8 windows of 4 h, then 4 of 8 h.
    expect(exact).toEqual({ runs: 12, blocks: 24 });
    expect(asThanos.runs).toBeLessThan(exact.runs);
  });

  it("always ends, and never counts more than Thanos could", () => {
    fc.assert(
      fc.property(stream, (blocks) => {
        const quiet = blocks.map((block) => ({ ...block, tombstones: 0 }));
        const exact = compactionBacklog(quiet, { ranges: RANGES, exact: true });
        expect(exact.runs).toBeLessThan(Math.max(1, quiet.length));
        expect(exact.blocks).toBeGreaterThanOrEqual(exact.runs * 2);
      }),
    );
  });
});
