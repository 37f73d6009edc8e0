import type { ReadableBlock } from "#blocks/block/block";
import { eligibilityOf, type NextWindow, nextWindow } from "#blocks/compactor/eligibility";
import type { Plan, PlanReason } from "#blocks/compactor/plan";
import { compacted, type PlanBlock, planBlockOf } from "#blocks/compactor/plan-block";
import { type GroupOutcome, planGroup, type Repeats } from "#blocks/compactor/plan-group";
import { type BlockGroup, isIgnoredByMark, isVisible, visibleFrom } from "#blocks/groups/filters";
import { allowsOverlaps, type BucketModel, groupKeyFor } from "#blocks/model";

/** What the compactor does with one block next. Times in ms, blocks as ULIDs. */
export type CompactionFate =
  /** A mark made it pass the block over. */
  | { readonly kind: "ignored" }
  /** The consistency delay hides it still. */
  | { readonly kind: "hidden"; readonly until: number }
  /** Another block of its group holds all of its sources: the compactor marks it for deletion at its next look. */
  | { readonly kind: "covered"; readonly by: string }
  | { readonly kind: "halts"; readonly reason: "overlap" | "shared-sources"; readonly blocks: readonly string[] }
  | {
      readonly kind: "planned";
      readonly reason: PlanReason;
      readonly blocks: readonly string[];
      readonly minTime: number;
      readonly maxTime: number;
      /** How many compactions of its group come before. */
      readonly before: number;
      /** Since when it could have been done; null where it needs what comes before, or where nothing tells. */
      readonly since: number | null;
      /** Where the compactor does it again and again; null where it is done with it, or where marks act at once. */
      readonly repeats: Repeats | null;
    }
  /** A no-compact mark, its own or one that the planner sets at its next look. */
  | { readonly kind: "excluded"; readonly reason: string }
  | ({ readonly kind: "waits" } & NextWindow)
  /** It is as long as blocks get, or nothing comes any more that it could be compacted with. */
  | { readonly kind: "stays" };

export function compactionFate(block: ReadableBlock, model: BucketModel): CompactionFate {
  const { settings } = model;
  if (isIgnoredByMark(block, model)) return { kind: "ignored" };
  if (!isVisible(block, model)) return { kind: "hidden", until: visibleFrom(block, settings) };
  const groupKey = groupKeyFor(block.meta.resolution, block.meta.labels, model);
  const group = model.groups.find(({ key }) => key === groupKey);
  if (group === undefined) return { kind: "stays" };
  const isLive = group.blocks.some(({ ulid }) => ulid === block.ulid);
  return isLive ? fateInGroup(block, group, model) : { kind: "covered", by: coveringOf(block, group) };
}

function coveringOf({ meta }: ReadableBlock, { blocks }: BlockGroup): string {
  const holds = (other: ReadableBlock) => meta.sources.every((source) => other.meta.sources.includes(source));
  return blocks.find(holds)?.ulid ?? "";
}

function fateInGroup(block: ReadableBlock, group: BlockGroup, model: BucketModel): CompactionFate {
  const options = { vertical: allowsOverlaps(model) };
  let blocks: readonly PlanBlock[] = group.blocks.map(planBlockOf);
  for (let before = 0; before < group.blocks.length; before += 1) {
    const outcome = planGroup(blocks, options);
    if (outcome.kind === "halt") return { ...outcome, kind: "halts", blocks: ulidsOf(outcome.blocks) };
    const mark = outcome.marks.find(({ ulid }) => ulid === block.ulid);
    if (mark !== undefined) return { kind: "excluded", reason: mark.reason };
    if (outcome.kind === "nothing") break;
    if (outcome.plan.blocks.some(({ ulid }) => ulid === block.ulid)) {
      const since = before === 0 ? eligibilityOf(group.blocks, model.settings)(outcome.plan) : null;
      return planned(outcome, { before, since, marksActAtOnce: model.settings.deleteDelay === 0 });
    }
    // It never gets further then.
    if (outcome.repeats !== null && model.settings.deleteDelay > 0) break;
    blocks = after(blocks, outcome.plan, before);
  }
  const { noCompactMark } = block;
  if (noCompactMark !== undefined) return { kind: "excluded", reason: noCompactMark.reason };
  const window = nextWindow(block, group.blocks, model.settings);
  return window === undefined ? { kind: "stays" } : { kind: "waits", ...window };
}

function planned(
  { plan, minTime, maxTime, repeats }: Extract<GroupOutcome, { readonly kind: "compact" }>,
  given: { readonly before: number; readonly since: number | null; readonly marksActAtOnce: boolean },
): CompactionFate {
  return {
    ...{ kind: "planned", reason: plan.reason, blocks: ulidsOf(plan.blocks), minTime, maxTime, before: given.before },
    since: given.since !== null && Number.isFinite(given.since) ? given.since : null,
    repeats: given.marksActAtOnce ? null : repeats,
  };
}

function after(blocks: readonly PlanBlock[], plan: Plan, turn: number): readonly PlanBlock[] {
  const gone = new Set(ulidsOf(plan.blocks));
  const rest = blocks.filter(({ ulid }) => !gone.has(ulid));
  return [...rest, compacted(plan.blocks, `made ${turn}`)].sort((a, b) => a.minTime - b.minTime);
}

function ulidsOf(blocks: readonly PlanBlock[]): readonly string[] {
  return blocks.map(({ ulid }) => ulid);
}
