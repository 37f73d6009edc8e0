import type { ReadableBlock } from "#blocks/block/block";
import { plansToCome } from "#blocks/compactor/backlog";
import { eligibilityOf } from "#blocks/compactor/eligibility";
import type { Plan } from "#blocks/compactor/plan";
import { type PlanBlock, planBlockOf } from "#blocks/compactor/plan-block";
import { hasSharedSources, planGroup } from "#blocks/compactor/plan-group";
import { type BlockGroup, type ConsistencyDelay, visibleFrom } from "#blocks/groups/filters";
import { overlapSince, overlapWindows } from "#blocks/groups/overlaps";
import { oncePer } from "#blocks/once";

/** What the compactor has to do in one group. */
export interface Outlook {
  readonly group: BlockGroup;
  /** Every compaction until nothing is left; none where it halts first. */
  readonly plans: readonly Plan[];
  /** The one that waits longest, be it for a halted compactor; undefined where nothing waits. */
  readonly oldest: Waiting | undefined;
  /** Blocks with sources in common that it would join, and halts on: ULIDs, and those sources. */
  readonly sharing: { readonly blocks: readonly string[]; readonly sources: readonly string[] } | undefined;
}

export interface Waiting {
  /** Since when it could have been done, ms. */
  readonly since: number;
  /** ULIDs. */
  readonly blocks: readonly string[];
}

/** Of each group in which there is something to do. */
export function outlooksOf(groups: readonly BlockGroup[], { vertical, settings }: OutlookOptions): readonly Outlook[] {
  const { consistencyDelay } = settings;
  return groups.flatMap((group) => {
    const outlook = outlookOf(group, { vertical, consistencyDelay });
    return outlook.plans.length > 0 || outlook.oldest !== undefined ? [outlook] : [];
  });
}

export interface OutlookOptions {
  readonly settings: ConsistencyDelay;
  /** Whether it merges blocks that overlap, instead of halting. */
  readonly vertical: boolean;
}

/** Nothing in it goes by the time at which one looks. */
const outlookOf = oncePer((group: BlockGroup, given: ConsistencyDelay & Pick<OutlookOptions, "vertical">): Outlook => {
  const { vertical } = given;
  const blocks = group.blocks.map(planBlockOf);
  const outcome = planGroup(blocks, { vertical });
  switch (outcome.kind) {
    case "nothing":
      return { group, plans: [], oldest: undefined, sharing: undefined };
    case "halt": {
      if (outcome.reason === "overlap") {
        return { group, plans: [], oldest: firstOverlapOf(group, given), sharing: undefined };
      }
      const oldest = oldestOf([{ reason: OVERLAP, blocks: outcome.blocks }], group.blocks, given);
      return { group, plans: [], oldest, sharing: sharingOf(outcome.blocks, group) };
    }
    case "compact": {
      const plans = plansToCome(blocks);
      const halting = vertical ? undefined : plans.find((plan) => hasSharedSources(plan.blocks));
      const oldest = oldestOf(plans, group.blocks, given);
      return { group, plans, oldest, sharing: halting && sharingOf(halting.blocks, group) };
    }
  }
});

function sharingOf(plan: readonly PlanBlock[], { blocks }: BlockGroup): Outlook["sharing"] {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const source of plan.flatMap(({ sources }) => [...sources])) (seen.has(source) ? shared : seen).add(source);
  const sharing = blocks.filter(({ meta }) => meta.sources.some((source) => shared.has(source)));
  return { blocks: sharing.map(({ ulid }) => ulid), sources: [...shared].sort() };
}

const OVERLAP: Plan["reason"] = { kind: "overlap" };

function firstOverlapOf(group: BlockGroup, settings: ConsistencyDelay): Waiting | undefined {
  const windows = overlapWindows(group);
  const since = overlapSince(windows, (block) => visibleFrom(block, settings));
  return { since, blocks: windows.flatMap((window) => window.blocks.map(({ ulid }) => ulid)) };
}

/** Of the compactions that need no other before them. */
function oldestOf(
  plans: readonly Plan[],
  group: readonly ReadableBlock[],
  settings: ConsistencyDelay,
): Waiting | undefined {
  const there = new Set(group.map(({ ulid }) => ulid));
  const eligibleSince = eligibilityOf(group, settings);
  let oldest: Waiting | undefined;
  for (const plan of plans) {
    const blocks = plan.blocks.map(({ ulid }) => ulid);
    if (!blocks.every((ulid) => there.has(ulid))) continue;
    const since = eligibleSince(plan);
    if (oldest === undefined || since < oldest.since) oldest = { since, blocks };
  }
  return oldest;
}
