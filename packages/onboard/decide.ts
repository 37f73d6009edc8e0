import type { ClusterRef } from "#fleet/cluster";
import type { ClusterRecord } from "#fleet/record";
import { type Generation, generationOf } from "#onboard/generation";
import { type Observation, observe, type ReconcilePorts } from "#onboard/observe";
import { plan } from "#onboard/plan";
import type { Plan, PlanInput } from "#onboard/verdict";

/** What was seen of a cluster and what follows from it; nothing has been changed. */
export interface Decision {
  readonly seen: Observation;
  readonly generation: Generation;
  readonly input: PlanInput;
  readonly next: Plan;
}

/** Observes and plans, and writes nothing: the first half of a look, and all of `musterbook plan`. Throws what `observe` throws. */
export async function decide(
  ref: ClusterRef,
  ports: ReconcilePorts,
  record: ClusterRecord | null,
  now: Date,
): Promise<Decision> {
  const seen = await observe(ref, ports, (description) => generationOf(record, description, now));
  const generation = generationOf(record, seen.description, now);
  const facts = { grantedAt: grantedAt(generation), endpoint: seen.asked };
  const input = { state: seen.state, selection: seen.selection, facts, paused: ports.config.paused, now };
  return { seen, generation, input, next: plan(input) };
}

function grantedAt({ record }: Generation): Date | null {
  const line = record?.history.findLast(({ step, outcome }) => step === "access" && outcome === "done");
  return line === undefined ? null : new Date(line.at);
}
