import { manyTombstones, overlapRuns, type Plan, splitByRange, windowRuns } from "#blocks/compactor/plan";
import { compacted, type PlanBlock } from "#blocks/compactor/plan-block";
import { COMPACTION_RANGES } from "#blocks/compactor/ranges";

/**
 * Every compaction of one group that is to come until nothing is left, each with what came of those before (`made <n>` as
 * ULID): what planning again after each gives, in one pass. Without the limit of index sizes, as in
 * `thanos_compact_todo_compactions`. `group` by minTime.
 */
export function plansToCome(
  group: readonly PlanBlock[],
  ranges: readonly number[] = COMPACTION_RANGES,
): readonly Plan[] {
  const plans: Plan[] = [];
  let blocks = group;
  const carryOut = (next: readonly Plan[]) => {
    const made = new Map<string, PlanBlock | undefined>();
    for (const plan of next) {
      plans.push(plan);
      const merged = compacted(plan.blocks, `made ${plans.length}`);
      for (const [index, { ulid }] of plan.blocks.entries()) made.set(ulid, index === 0 ? merged : undefined);
    }
    blocks = blocks.flatMap((block) => (made.has(block.ulid) ? (made.get(block.ulid) ?? []) : [block]));
  };
  carryOut(overlapPlans(blocks));
  for (const range of ranges.slice(1)) carryOut(windowPlans(blocks, range));
  carryOut(tombstonePlans(blocks, ranges));
  return plans;
}

function overlapPlans(blocks: readonly PlanBlock[]): readonly Plan[] {
  const candidates = blocks.filter(({ noCompact }) => !noCompact);
  return [...overlapRuns(candidates)].map((run) => ({ reason: { kind: "overlap" }, blocks: run }));
}

/** The newest block is never touched. */
function windowPlans(blocks: readonly PlanBlock[], range: number): readonly Plan[] {
  const older = blocks.slice(0, -1);
  const highTime = older.at(-1)?.minTime;
  if (highTime === undefined) return [];
  return splitByRange(older, range).flatMap(({ from, members }) =>
    windowRuns(members, { range, highTime }).map((run) => ({ reason: { kind: "window", range, from }, blocks: run })),
  );
}

function tombstonePlans(blocks: readonly PlanBlock[], ranges: readonly number[]): readonly Plan[] {
  return manyTombstones(blocks.slice(0, -1), ranges).map((block) => ({
    reason: { kind: "tombstones" },
    blocks: [block],
  }));
}
