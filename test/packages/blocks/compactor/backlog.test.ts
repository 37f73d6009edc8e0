import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plansToCome } from "#blocks/compactor/backlog";
import { type Plan, planBlocks } from "#blocks/compactor/plan";
import { compacted, type PlanBlock } from "#blocks/compactor/plan-block";
import { planBlocksOf, RANGES, type Row, stream } from "#test/packages/blocks/compactor/blocks";

const HOURS = [1, 2, 4, 8];

/** Plans again after each, as the compactor does. */
function oneByOne(group: readonly PlanBlock[], ranges: readonly number[]): readonly Plan[] {
  const plans: Plan[] = [];
  let blocks = group;
  for (let plan = planBlocks(blocks, ranges); plan !== undefined; plan = planBlocks(blocks, ranges)) {
    plans.push(plan);
    const gone = new Set(plan.blocks.map(({ ulid }) => ulid));
    const rest = blocks.filter(({ ulid }) => !gone.has(ulid));
    blocks = [...rest, compacted(plan.blocks, `made ${plans.length}`)].sort((a, b) => a.minTime - b.minTime);
  }
  return plans;
}

function described(plans: readonly Plan[]): readonly string[] {
  return plans
    .map(({ reason, blocks }) => JSON.stringify([reason, blocks.map(({ sources }) => sources.toSorted())]))
    .toSorted();
}

describe("plansToCome", () => {
  it("is what comes of planning again and again, for any stream without overlaps", () => {
    let most = 0;
    fc.assert(
      fc.property(stream, (blocks) => {
        const plans = plansToCome(blocks, RANGES);
        most = Math.max(most, plans.length);
        expect(described(plans)).toEqual(described(oneByOne(blocks, RANGES)));
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(most).toBeGreaterThanOrEqual(5);
  });

  it("merges every overlap first, and compacts what comes of them", () => {
    const rows: readonly Row[] = [[1, 0, 2], [2, 1, 2], [3, 2, 4], [4, 3, 4], [5, 8, 10], [6, 10, 12]]; // biome-ignore format: rows
    const plans = plansToCome(planBlocksOf(rows), HOURS);

    expect(plans.map(({ blocks }) => blocks.map(({ ulid }) => ulid))).toEqual([
      ["001", "002"],
      ["003", "004"],
      ["made 1", "made 2"],
    ]);
    expect(described(plans)).toEqual(described(oneByOne(planBlocksOf(rows), HOURS)));
  });

  it("needs time in proportion to the blocks", () => {
    const heads = (count: number) =>
      planBlocksOf(Array.from({ length: count }, (_, index): Row => [index, index * 2, index * 2 + 2]));
    const last = plansToCome(heads(20_000), HOURS);
    // 10,000 windows of 4 h and 5,000 of 8 h, but for the newest block.
    expect(last).toHaveLength(9_999 + 4_999);
  });
});
