import type { ReadableBlock } from "#blocks/block/block";
import type { GroupKeyOf } from "#blocks/block/group-key";
import { planBlockOf } from "#blocks/compactor/plan-block";
import { type GroupOutcome, type PlanOptions, planGroup } from "#blocks/compactor/plan-group";
import { byStreamOf } from "#blocks/groups/by-stream";
import { liveGroups } from "#blocks/groups/filters";
import type { AuditSettings } from "#config/audit-settings";
import type { CompactEvent } from "#test/real/planner/compact-log";

const MOST_ROUNDS = 100;

export interface Prediction {
  readonly events: readonly CompactEvent[];
  /** The first look at each group, in the compactor's order; up to the first halt. */
  readonly first: readonly GroupOutcome[];
  /** Marks that the planner sets: `<ULID> <reason>`. */
  readonly marks: readonly string[];
  /** minTime and maxTime of each block that comes of it, by its ULID. */
  readonly made: ReadonlyMap<string, readonly [minTime: number, maxTime: number]>;
}

export interface PredictInput {
  readonly blocks: readonly ReadableBlock[];
  /** Of the run: its ULIDs of new blocks cannot be foreseen. */
  readonly after: ReadonlyMap<string, ReadableBlock>;
  readonly actual: readonly CompactEvent[];
  readonly settings: AuditSettings;
  readonly options: PlanOptions;
  readonly now: number;
  readonly groupKeyOf: GroupKeyOf;
}

/** A whole run of the compactor as the port plans it: round by round, all groups in the order of their keys, until nothing is left. */
export function predictRun(input: PredictInput): Prediction {
  const ulids = input.actual.flatMap((event) => (event.kind === "made" ? [event.ulid] : []));
  const events: CompactEvent[] = [];
  const first: GroupOutcome[] = [];
  const marks = new Map<string, string>();
  const made = new Map<string, readonly [number, number]>();
  let known = input.blocks;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const groups = liveGroups(byStreamOf(known), input).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const fresh: ReadableBlock[] = [];
    const gone = new Set<string>();
    let didSomething = false;
    for (const { key: groupKey, blocks } of groups) {
      const outcome = planGroup(
        blocks.map(planBlockOf).map((block) => ({ ...block, noCompact: block.noCompact || marks.has(block.ulid) })),
        input.options,
      );
      if (round === 1) first.push(outcome);
      if (outcome.kind === "halt") {
        // It has logged its plan by then.
        if (outcome.reason === "shared-sources") events.push(planned(groupKey, outcome.blocks));
        events.push({ kind: "halted", groupKey, reason: outcome.reason });
        return { events, first, marks: marksOf(marks), made };
      }
      for (const { ulid, reason } of outcome.marks) marks.set(ulid, reason);
      if (outcome.kind === "nothing") continue;
      didSomething = true;
      events.push(planned(groupKey, outcome.plan.blocks));
      const block = input.after.get(ulids.shift() ?? "");
      if (block === undefined) return { events, first, marks: marksOf(marks), made };
      events.push({ kind: "made", groupKey, ulid: block.ulid });
      // Else they are covered by what was made of them.
      if (input.settings.deleteDelay === 0) for (const { ulid } of outcome.plan.blocks) gone.add(ulid);
      made.set(block.ulid, [outcome.minTime, outcome.maxTime]);
      fresh.push({ ...block, deletionMark: undefined, noCompactMark: undefined });
    }
    known = [...known.filter(({ ulid }) => !gone.has(ulid)), ...fresh];
    if (!didSomething) return { events, first, marks: marksOf(marks), made };
  }
  throw new Error(`the port still plans after ${MOST_ROUNDS} rounds`);
}

function planned(groupKey: string, blocks: readonly { readonly ulid: string }[]): CompactEvent {
  return { kind: "planned", groupKey, blocks: blocks.map(({ ulid }) => ulid).sort() };
}

function marksOf(marks: ReadonlyMap<string, string>): readonly string[] {
  return [...marks].map(([ulid, reason]) => `${ulid} ${reason}`).sort();
}
