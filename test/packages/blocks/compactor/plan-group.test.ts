import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planBlocks } from "#blocks/compactor/plan";
import { type PlanOptions, planGroup } from "#blocks/compactor/plan-group";
import { anyBlocks, GAP, idsOf, MIXED, planBlocksOf, RANGES, type Row } from "#test/packages/blocks/compactor/blocks";

const options: PlanOptions = { vertical: false, ranges: RANGES };
const OVERLAP: readonly Row[] = [
  [1, 0, 20],
  [2, 19, 40],
  [3, 40, 60],
];
const FILLED: readonly Row[] = [
  [1, 0, 20],
  [2, 20, 40],
  [3, 40, 60],
  [4, 60, 80],
];

function sized(rows: readonly Row[], ...sizes: readonly number[]): readonly Row[] {
  return rows.map(([id, from, to], index): Row => [id, from, to, { indexSize: sizes[index] ?? 0 }]);
}

function plannedIds(rows: readonly Row[], given: PlanOptions = options, marked: readonly number[] = []) {
  const outcome = planGroup(planBlocksOf(rows, marked), given);
  if (outcome.kind === "halt") return { halt: outcome.reason, blocks: idsOf(outcome.blocks) };
  const marks = outcome.marks.map(({ ulid, reason }) => [Number(ulid), reason]);
  return { blocks: outcome.kind === "compact" ? idsOf(outcome.plan.blocks) : [], marks };
}

describe("planGroup", () => {
  it("says what the block will span that comes of a plan", () => {
    const [first, ...rest] = FILLED;
    const late: readonly Row[] = first === undefined ? [] : [[1, 3, 20], ...rest, [5, 80, 100]];
    const outcome = planGroup(planBlocksOf(late), options);
    expect(outcome).toMatchObject({ kind: "compact", minTime: 3, maxTime: 60 });
  });

  it.each([[[]], [[[1, 0, 540, { series: 0, tombstones: 9 }]]]] satisfies Row[][][])(
    "passes over a group with less than two blocks",
    (rows) => {
      expect(planGroup(planBlocksOf(rows), options)).toEqual({ kind: "nothing", marks: [] });
    },
  );
});

describe("planGroup, of a compaction that ends nothing", () => {
  it("says that empty blocks are planned again", () => {
    const empty = FILLED.map(([id, from, to]): Row => [id, from, to, { samples: 0 }]);
    expect(planGroup(planBlocksOf(empty), options)).toMatchObject({ kind: "compact", repeats: "no-samples" });
    const [first] = FILLED;
    const mixed = first === undefined ? empty : [first, ...empty.slice(1)];
    expect(planGroup(planBlocksOf(mixed), options)).toMatchObject({ kind: "compact", repeats: null });
  });

  it("says that a block with many tombstones is", () => {
    const rows: readonly Row[] = [[1, 0, 540, { series: 9, tombstones: 9 }], [2, 540, 560]]; // biome-ignore format: rows
    expect(planGroup(planBlocksOf(rows), options)).toMatchObject({ kind: "compact", repeats: "same-sources" });
  });
});

describe("planGroup without vertical compaction", () => {
  it("halts at blocks that overlap", () => {
    expect(plannedIds(OVERLAP)).toEqual({ halt: "overlap", blocks: [1, 2] });
  });

  it("halts at them with a no-compact mark as well", () => {
    expect(plannedIds(OVERLAP, options, [1, 2])).toEqual({ halt: "overlap", blocks: [1, 2] });
  });

  it("halts at blocks that overlap far from those it would compact", () => {
    const rows: readonly Row[] = [...FILLED, [8, 500, 520], [9, 510, 530]];
    expect(plannedIds(rows)).toEqual({ halt: "overlap", blocks: [8, 9] });
  });

  it("halts at a plan whose blocks have a source in common, and at no other", () => {
    const shared = { sources: ["head"] };
    const rows = FILLED.map(([id, from, to]): Row => (id === 2 || id === 3 ? [id, from, to, shared] : [id, from, to]));
    expect(plannedIds(rows)).toEqual({ halt: "shared-sources", blocks: [1, 2, 3] });
    expect(plannedIds(rows, options, [2])).toEqual({ blocks: [], marks: [] });
  });
});

describe("planGroup with vertical compaction", () => {
  const vertical = { ...options, vertical: true };

  it("compacts overlapping blocks first, and shared sources with them", () => {
    expect(plannedIds([...OVERLAP, [4, 60, 80]], vertical)).toEqual({ blocks: [1, 2], marks: [] });
    const shared = OVERLAP.map(([id, from, to]): Row => [id, from, to, { sources: ["head"] }]);
    expect(plannedIds(shared, vertical)).toMatchObject({ blocks: [1, 2] });
  });

  it("marks overlapping blocks that are downsampled, and goes on without them", () => {
    const downsampled = [...FILLED, [5, 70, 90]].map(
      ([id, from, to]): Row => [id ?? 0, from ?? 0, to ?? 0, { resolution: 300_000 }],
    );
    const reason = "downsample-vertical-compaction";
    // The newest block by its begin is marked now, so nothing else is left out.
    expect(plannedIds(downsampled, vertical)).toEqual({ blocks: [1, 2, 3], marks: [[4, reason], [5, reason]] }); // biome-ignore format: a row
  });

  it("halts at nothing", () => {
    fc.assert(
      fc.property(anyBlocks, (blocks) => {
        expect(planGroup(blocks, vertical).kind).not.toBe("halt");
      }),
    );
  });
});

// The facts of thanos pkg/compact/planner_test.go: a limit of 100 bytes, of which 85 are used.
describe("planGroup within the index limit", () => {
  const limited = { ...options, maxIndexBytes: 100 };
  const TOO_LARGE = "index-size-exceeding";
  const MANY: readonly Row[] = [
    [1, 0, 20],
    [2, 20, 40],
    [3, 40, 50],
    [4, 50, 60],
    [5, 60, 80],
  ];

  it.each([
    { name: "one block", rows: sized([[1, 0, 20]], 100), blocks: [], marked: [] },
    { name: "the first is too large", rows: sized(FILLED, 41, 30, 30, 30), blocks: [2, 3], marked: [1] },
    { name: "the second is too large", rows: sized(FILLED, 30, 41, 30, 20), blocks: [], marked: [2] },
    { name: "the newest is too large", rows: sized(FILLED, 10, 10, 10, 90), blocks: [1, 2, 3], marked: [] },
    { name: "the first and the last are", rows: sized(MANY, 90, 30, 30, 90, 90), blocks: [2, 3], marked: [1, 4] },
    { name: "one of two before a gap is", rows: sized(GAP, 30, 90, 30, 30), blocks: [], marked: [2] },
    { name: "the last of a window is", rows: sized(MIXED, 30, 30, 30, 90, 30), blocks: [2, 4], marked: [6] },
  ])("plans $blocks and marks $marked where $name", ({ rows, blocks, marked }) => {
    expect(plannedIds(rows, limited)).toEqual({ blocks, marks: marked.map((id) => [id, TOO_LARGE]) });
  });

  it("marks the first of those with the largest index", () => {
    expect(plannedIds(sized(FILLED, 40, 40, 40), limited)).toEqual({ blocks: [2, 3], marks: [[1, TOO_LARGE]] });
  });

  it("marks one of two overlapping blocks, where it merges them", () => {
    const rows = sized(OVERLAP, 90, 30, 30);
    expect(plannedIds(rows, { ...limited, vertical: true })).toEqual({ blocks: [], marks: [[1, TOO_LARGE]] });
  });

  it("reaches the limit at 85 % of it, not beyond", () => {
    expect(plannedIds(sized(FILLED, 28, 28, 28), limited)).toEqual({ blocks: [1, 2, 3], marks: [] });
    expect(plannedIds(sized(FILLED, 28, 29, 28), limited)).toMatchObject({ marks: [[2, TOO_LARGE]] });
  });

  it("always ends, with a plan below the limit that the planner makes of what is not marked", () => {
    fc.assert(
      fc.property(anyBlocks, fc.boolean(), (blocks, isVertical) => {
        const outcome = planGroup(blocks, { ...limited, vertical: isVertical });
        if (outcome.kind !== "compact") return;
        const sum = outcome.plan.blocks.reduce((total, { indexSize }) => total + indexSize, 0);
        expect(sum).toBeLessThan(85);
        // With both filters Thanos forgets a mark of the one when the other plans again, until it reads the marks anew.
        if (isVertical) return;
        const marked = new Set(outcome.marks.map(({ ulid }) => ulid));
        expect(outcome.plan.blocks.some(({ ulid }) => marked.has(ulid))).toBe(false);
        if (marked.size === 0) expect(planBlocks(blocks, RANGES)).toEqual(outcome.plan);
      }),
    );
  });
});
