import fc from "fast-check";
import type { PlanBlock } from "#blocks/compactor/plan-block";

/** Ranges that grow by three, as in Thanos's own tests. */
export const RANGES = [20, 60, 180, 540, 1620];

/** Number of the block, its begin and end, and what else is not the default. */
export type Row = readonly [id: number, minTime: number, maxTime: number, rest?: Partial<PlanBlock>];

/** Two windows, the third block of the first is missing. */
export const GAP: readonly Row[] = [
  [1, 0, 20],
  [2, 20, 40],
  [4, 60, 80],
  [5, 80, 100],
];
/** Of different lengths in one window. */
export const MIXED: readonly Row[] = [
  [2, 20, 40],
  [4, 60, 120],
  [5, 960, 980],
  [6, 120, 180],
  [7, 720, 960],
];

export function planBlock([id, minTime, maxTime, rest = {}]: Row): PlanBlock {
  const ulid = String(id).padStart(3, "0");
  return {
    ...{ ulid, minTime, maxTime, resolution: 0, sources: [ulid], samples: 1, series: 0, tombstones: 0 },
    ...{ failed: false, indexSize: 0, noCompact: false },
    ...rest,
  };
}

/** By minTime, as the compactor has them. */
export function planBlocksOf(rows: readonly Row[], marked: readonly number[] = []): readonly PlanBlock[] {
  return rows
    .map((row) => planBlock(marked.includes(row[0]) ? [row[0], row[1], row[2], { ...row[3], noCompact: true }] : row))
    .sort(byTime);
}

export function idsOf(blocks: readonly PlanBlock[] | undefined): readonly number[] {
  return (blocks ?? []).map(({ ulid }) => Number(ulid));
}

/** Blocks of one stream without overlaps: aligned or with a late begin, with gaps, some marked or failed. */
export const stream: fc.Arbitrary<readonly PlanBlock[]> = fc
  .tuple(
    fc.integer({ min: -200, max: 200 }),
    fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 0, 0, 1, 3),
        late: fc.constantFrom(0, 0, 5),
        units: fc.constantFrom(1, 1, 1, 1, 3, 9, 27),
        isMarked: fc.constantFrom(false, false, false, false, true),
        failed: fc.constantFrom(false, false, false, false, false, false, true),
        tombstones: fc.constantFrom(0, 0, 0, 4),
      }),
      { maxLength: 30 },
    ),
  )
  .map(([begin, steps]) => {
    let unit = begin;
    return steps.map(({ gap, late, units, isMarked, failed, tombstones }, index) => {
      unit += gap;
      const from = unit * 20;
      unit += units;
      return planBlock([index, from + late, unit * 20, { noCompact: isMarked, failed, tombstones, series: 9 }]);
    });
  });

/** Any blocks, also ones that overlap. */
export const anyBlocks: fc.Arbitrary<readonly PlanBlock[]> = fc
  .array(
    fc.record({
      from: fc.integer({ min: -60, max: 120 }),
      span: fc.constantFrom(5, 10, 20, 60, 180, 540),
      noCompact: fc.constantFrom(false, false, false, true),
      indexSize: fc.nat(60),
      resolution: fc.constantFrom(0 as const, 300_000 as const),
    }),
    { maxLength: 16 },
  )
  .map((specs) =>
    specs.map(({ from, span, ...rest }, index) => planBlock([index, from * 10, from * 10 + span, rest])).sort(byTime),
  );

function byTime(a: PlanBlock, b: PlanBlock): number {
  return a.minTime - b.minTime || (a.ulid < b.ulid ? -1 : 1);
}
