import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstOverlap, planBlocks, splitByRange } from "#blocks/compactor/plan";
import {
  anyBlocks,
  GAP,
  idsOf,
  MIXED,
  planBlocksOf,
  RANGES,
  type Row,
  stream,
} from "#test/packages/blocks/compactor/blocks";

interface Case {
  readonly name: string;
  readonly blocks: readonly Row[];
  readonly marked?: readonly number[];
  readonly planned: readonly number[];
}

const FOUR: readonly Row[] = [
  [1, 0, 20],
  [2, 20, 40],
  [3, 40, 60],
  [4, 60, 80],
];
const TOMBSTONES = { series: 10, tombstones: 3 };
const LARGE: Row = [1, 0, 540, TOMBSTONES];

// The facts of thanos pkg/compact/planner_test.go.
const UNMARKED: readonly Case[] = [
  { name: "one block", blocks: [[1, 0, 20]], planned: [] },
  { name: "two blocks, and the window has room for more", blocks: FOUR.slice(0, 2), planned: [] },
  { name: "three blocks that fill the window, with none after them", blocks: FOUR.slice(0, 3), planned: [] },
  { name: "three blocks that fill the window, and a newer one", blocks: FOUR, planned: [1, 2, 3] },
  {
    name: "a window of the second range that is filled",
    blocks: [
      [6, 0, 60],
      [7, 60, 120],
      [8, 120, 180],
      [9, 180, 200],
      [10, 200, 220],
    ],
    planned: [6, 7, 8],
  },
  { name: "a gap at the end of the window, and one newer block", blocks: GAP.slice(0, 3), planned: [] },
  { name: "a gap at the end of the window, and two newer blocks", blocks: GAP, planned: [1, 2] },
  {
    name: "the shorter range before the longer",
    blocks: [
      [1, 0, 20],
      [2, 20, 40],
      [3, 40, 60],
      [4, 60, 120],
      [5, 120, 180],
    ],
    planned: [1, 2, 3],
  },
  {
    name: "a gap inside of a window of the second range",
    blocks: [
      [6, 0, 60],
      [8, 120, 180],
      [9, 180, 200],
      [10, 200, 220],
    ],
    planned: [6, 8],
  },
  { name: "blocks of different lengths in one window", blocks: MIXED, planned: [2, 4, 6] },
  { name: "a large block with many tombstones and none newer", blocks: [LARGE], planned: [] },
  { name: "a large block with many tombstones and a newer one", blocks: [LARGE, [2, 540, 560]], planned: [1] },
  { name: "a small block with many tombstones", blocks: [[1, 0, 60, TOMBSTONES], [2, 60, 80]], planned: [] }, // biome-ignore format: a row
  { name: "a large block without series and tombstones", blocks: [[1, 0, 540], [2, 540, 560]], planned: [] }, // biome-ignore format: a row
  {
    name: "the newest by its times, not by its ULID",
    blocks: [
      [5, 0, 360],
      [6, 540, 560],
      [7, 360, 420],
      [8, 420, 540],
    ],
    planned: [7, 8],
  },
  {
    name: "two that overlap at their ends",
    blocks: [
      [1, 0, 20],
      [2, 19, 40],
      [3, 40, 60],
    ],
    planned: [1, 2],
  },
  {
    name: "two that overlap after one that does not",
    blocks: [
      [1, 0, 20],
      [2, 20, 40],
      [3, 30, 50],
    ],
    planned: [2, 3],
  },
  {
    name: "a chain of overlaps",
    blocks: [
      [1, 0, 20],
      [2, 10, 40],
      [3, 30, 50],
    ],
    planned: [1, 2, 3],
  },
  {
    name: "a long block over several",
    blocks: [
      [5, 0, 360],
      [6, 340, 560],
      [7, 360, 420],
      [8, 420, 540],
    ],
    planned: [5, 6, 7, 8],
  },
  {
    name: "the first of two overlaps",
    blocks: [
      [1, 0, 10],
      [2, 9, 20],
      [3, 30, 40],
      [4, 39, 50],
    ],
    planned: [1, 2],
  },
];

const FAILED: readonly Case[] = cases([
  { name: "that is filled", blocks: FOUR, planned: [] },
  { name: "with a gap", blocks: GAP, planned: [] },
  {
    name: "of the second range as well",
    blocks: [
      [1, 0, 20],
      [2, 20, 40],
      [3, 40, 60],
      [4, 60, 120],
      [5, 120, 180],
      [6, 180, 200],
    ],
    planned: [],
  },
]).map((given) => ({ ...given, blocks: given.blocks.map(withSecondFailed) }));

/** Keeps the type of the rows. */
function cases(given: readonly Case[]): readonly Case[] {
  return given;
}

function withSecondFailed([id, from, to]: Row): Row {
  return [id, from, to, { failed: id === 2 }];
}

const MARKED: readonly Case[] = [
  { name: "the only block", blocks: [[1, 0, 20]], marked: [1], planned: [] },
  { name: "the first of the window", blocks: FOUR, marked: [1], planned: [2, 3] },
  { name: "one in the middle, so that no two are left in a row", blocks: FOUR, marked: [2], planned: [] },
  { name: "the newest", blocks: FOUR, marked: [4], planned: [1, 2, 3] },
  { name: "the first and the newest", blocks: FOUR, marked: [1, 4], planned: [2, 3] },
  { name: "all", blocks: FOUR, marked: [1, 2, 3, 4], planned: [] },
  { name: "one of two before a gap", blocks: GAP, marked: [2], planned: [] },
  { name: "the last of a window", blocks: MIXED, marked: [6], planned: [2, 4] },
  { name: "the middle of a window", blocks: MIXED, marked: [4], planned: [] },
  { name: "the one with tombstones", blocks: [LARGE, [2, 540, 560]], marked: [1], planned: [] }, // biome-ignore format: a row
  {
    name: "one of two that overlap",
    blocks: [
      [1, 0, 20],
      [2, 19, 40],
      [3, 40, 60],
    ],
    marked: [1],
    planned: [],
  },
];

describe("planBlocks", () => {
  it.each(UNMARKED)("plans $planned of $name", ({ blocks, planned }) => {
    expect(idsOf(planBlocks(planBlocksOf(blocks), RANGES)?.blocks)).toEqual(planned);
  });

  it.each(FAILED)("plans nothing of a window $name, where the compaction of one block failed", ({ blocks }) => {
    expect(planBlocks(planBlocksOf(blocks), RANGES)).toBeUndefined();
  });

  it.each(MARKED)("plans $planned where a no-compact mark is on $name", ({ blocks, marked = [], planned }) => {
    expect(idsOf(planBlocks(planBlocksOf(blocks, marked), RANGES)?.blocks)).toEqual(planned);
  });

  it.each([
    { tombstones: 5, planned: [] },
    { tombstones: 6, planned: [1] },
  ])("plans $planned of a block of 99 series with $tombstones tombstones: more than 5 in 100", (given) => {
    const rows: readonly Row[] = [[1, 0, 540, { series: 99, tombstones: given.tombstones }], [2, 540, 560]]; // biome-ignore format: rows
    expect(idsOf(planBlocks(planBlocksOf(rows), RANGES)?.blocks)).toEqual(given.planned);
  });

  it("plans nothing of no blocks", () => {
    expect(planBlocks([], RANGES)).toBeUndefined();
  });

  it("says why", () => {
    expect(planBlocks(planBlocksOf(FOUR), RANGES)?.reason).toEqual({ kind: "window", range: 60, from: 0 });
    expect(planBlocks(planBlocksOf([LARGE, [2, 540, 560]]), RANGES)?.reason).toEqual({ kind: "tombstones" });
    expect(planBlocks(planBlocksOf([[1, 0, 20], [2, 19, 40]]), RANGES)?.reason).toEqual({ kind: "overlap" }); // biome-ignore format: a row
  });

  it("waits for two newer blocks where the first does not begin on the grid", () => {
    const late: readonly Row[] = [[1, 3, 20], [2, 20, 40], [3, 40, 60], [4, 63, 80]]; // biome-ignore format: rows
    expect(planBlocks(planBlocksOf(late), RANGES)).toBeUndefined();
    expect(idsOf(planBlocks(planBlocksOf([...late, [5, 80, 100]]), RANGES)?.blocks)).toEqual([1, 2, 3]);
  });

  it("plans no marked and no failed block, nor the newest, and at least two that fit one window", () => {
    fc.assert(
      fc.property(stream, (blocks) => {
        const plan = planBlocks(blocks, RANGES);
        if (plan?.reason.kind !== "window") return;
        const { range, from } = plan.reason;
        expect(plan.blocks.length).toBeGreaterThan(1);
        for (const block of plan.blocks) {
          expect([block.noCompact, block.failed, block === blocks.at(-1)]).toEqual([false, false, false]);
          expect(block.minTime).toBeGreaterThanOrEqual(from);
          expect(block.maxTime).toBeLessThanOrEqual(from + range);
        }
      }),
    );
  });

  it("does not change its plan by a newer block", () => {
    fc.assert(
      fc.property(stream, (blocks) => {
        const plan = planBlocks(blocks, RANGES);
        if (plan?.reason.kind !== "window") return;
        const end = blocks.at(-1)?.maxTime ?? 0;
        const newer = planBlocksOf([[900, end, end + 20]]);
        const { range } = plan.reason;
        const again = planBlocks([...blocks, ...newer], RANGES);
        // A shorter window may have become complete; then that comes first.
        if (again?.reason.kind === "window" && again.reason.range === range && again.reason.from === plan.reason.from) {
          expect(idsOf(again.blocks)).toEqual(idsOf(plan.blocks));
        } else expect(again?.reason).toMatchObject({ kind: "window", range: expect.any(Number) });
      }),
    );
  });

  it("leaves no overlap behind it, one plan after the other", () => {
    fc.assert(
      fc.property(anyBlocks, (given) => {
        let blocks = given.map((block) => ({ ...block, noCompact: false }));
        for (let round = 0; round < given.length; round += 1) {
          const overlapping = firstOverlap(blocks);
          if (overlapping.length === 0) return;
          expect(planBlocks(blocks, RANGES)).toEqual({ reason: { kind: "overlap" }, blocks: overlapping });
          const rest = blocks.filter((block) => !overlapping.includes(block));
          const [first] = overlapping;
          const minTime = Math.min(...overlapping.map((block) => block.minTime));
          const maxTime = Math.max(...overlapping.map((block) => block.maxTime));
          if (first !== undefined) rest.push({ ...first, minTime, maxTime, noCompact: false });
          blocks = rest.sort((a, b) => a.minTime - b.minTime);
        }
        expect(firstOverlap(blocks)).toEqual([]);
      }),
    );
  });
});

describe("splitByRange", () => {
  it("begins its windows at 0, also before it", () => {
    const blocks = planBlocksOf([[1, -40, -20], [2, -20, 0], [3, 0, 20], [4, 35, 45], [5, 50, 60]]); // biome-ignore format: rows
    const windows = splitByRange(blocks, 30).map(({ from, members }) => [from, idsOf(members)]);
    expect(windows).toEqual([
      [-30, [2]],
      [0, [3]],
      [30, [4, 5]],
    ]);
  });

  it("puts every block into at most one window, which holds it", () => {
    fc.assert(
      fc.property(anyBlocks, fc.constantFrom(...RANGES), (blocks, range) => {
        const windows = splitByRange(blocks, range);
        const members = windows.flatMap((window) => window.members);
        expect(new Set(members).size).toBe(members.length);
        for (const { from, members: inside } of windows) {
          expect(from / range).toBe(Math.floor(from / range));
          for (const { minTime, maxTime } of inside) {
            expect(minTime).toBeGreaterThanOrEqual(from);
            expect(maxTime).toBeLessThanOrEqual(from + range);
          }
        }
      }),
    );
  });
});
