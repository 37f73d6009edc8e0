import { plansToCome } from "#blocks/compactor/backlog";
import { type Plan, planBlocks } from "#blocks/compactor/plan";
import { compacted, type PlanBlock } from "#blocks/compactor/plan-block";
import { COMPACTION_RANGES } from "#blocks/compactor/ranges";

export interface Backlog {
  /** Compactions still to come. */
  readonly runs: number;
  /** Blocks that go into them, counted once per run. */
  readonly blocks: number;
}

/**
 * What Thanos counts for one group as `thanos_compact_todo_compactions` and `..._todo_compaction_blocks` (pkg/compact/compact.go,
 * CompactionProgressCalculator): plans with the bare planner, and plans again with what came of it. So it counts overlaps
 * that halt the compactor. All blocks that it makes up within a second have one ULID there, and vanish together when one of
 * them is planned again: with many windows to do it counts too few. `exact` counts them all.
 */
export function compactionBacklog(
  group: readonly PlanBlock[],
  { ranges = COMPACTION_RANGES, exact }: { readonly ranges?: readonly number[]; readonly exact: boolean },
): Backlog {
  let blocks = group;
  let runs = 0;
  let planned = 0;
  if (exact) return backlogOf(plansToCome(group, ranges));
  while (blocks.length > 1) {
    const plan = planBlocks(blocks, ranges);
    if (plan === undefined) break;
    runs += 1;
    planned += plan.blocks.length;
    const ulids = new Set(plan.blocks.map(({ ulid }) => ulid));
    const rest = blocks.filter(({ ulid }) => !ulids.has(ulid));
    if (rest.length === 0) break;
    blocks = [...rest, compacted(plan.blocks, "made")].sort(byMinTime);
  }
  return { runs, blocks: planned };
}

export function backlogOf(plans: readonly Pick<Plan, "blocks">[]): Backlog {
  return { runs: plans.length, blocks: plans.reduce((sum, { blocks }) => sum + blocks.length, 0) };
}

function byMinTime(a: PlanBlock, b: PlanBlock): number {
  return a.minTime - b.minTime;
}
