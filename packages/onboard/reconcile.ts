import type { ClusterRef } from "#fleet/cluster";
import { describeError, MusterbookError } from "#fleet/errors";
import type { ClusterRecord, Conditions } from "#fleet/record";
import { isInScope } from "#fleet/select";
import { judge, removedConditions, type UploadsSeen, unknownConditions } from "#onboard/conditions";
import { decide } from "#onboard/decide";
import type { Generation } from "#onboard/generation";
import { type Observation, outsideScopes, type ReconcilePorts } from "#onboard/observe";
import { vpcOf } from "#onboard/observe/reach";
import { type Ending, endingOfError, endingOfPlan, endingOfStep, recordLook, sameRecord } from "#onboard/record-look";
import { STEPS } from "#onboard/steps/all";
import type { StepResult } from "#onboard/steps/step";
import type { Plan, PlanInput } from "#onboard/verdict";
import { reach } from "#onboard/verdicts/install";

/** How a look at a cluster ended. */
export interface Look {
  readonly outcome: Ending["outcome"];
  /** When the next look is due; `now`: there is more to do; null: an event or the sweep looks again. */
  readonly again: "now" | Date | null;
  /** Undefined for a cluster that is not there and never was, or is none of ours to look at. */
  readonly record: ClusterRecord | undefined;
  readonly because: string;
}

export interface LookPorts extends ReconcilePorts {
  /** When the look has to be over: helm is stopped before. */
  readonly deadline: Date;
  /** Records a look that found nothing new too: its time is what a drill waits for. */
  readonly recordsAll?: boolean;
}

/** A look that begins later than this before its deadline could only start what it cannot end. */
const SHORTEST_LOOK_MS = 2 * 60_000;
/** More looks in a row than a cluster has steps: what is still not done then makes no progress. */
const LOOKS_IN_A_ROW = 12;

/** Looks again at once for as long as there is something to do and time to do it. */
export async function lookUntilItWaits(ref: ClusterRef, ports: LookPorts): Promise<Look> {
  let look = await reconcile(ref, ports);
  for (let looks = 1; look.again === "now" && looks < LOOKS_IN_A_ROW; looks++) {
    if (ports.deadline.getTime() - ports.clock.now().getTime() < SHORTEST_LOOK_MS) break;
    look = await reconcile(ref, ports);
  }
  return look;
}

/**
 * One look at one cluster: observe, plan, at most one step, record. A crash anywhere in it is harmless, since the next
 * look observes everything anew. Throws ConflictError when somebody else recorded a look meanwhile, and what is a defect;
 * all else that can go wrong is a waiting or a failed look, on record.
 */
export async function reconcile(ref: ClusterRef, ports: LookPorts): Promise<Look> {
  const stored = await ports.registry.get(ref.arn);
  const previous = stored?.record ?? null;
  // One that was registered before its scope left the configuration is still taken from the list when it goes.
  if (previous === null && !isInScope(ports.config.scopes, ref)) return noLook(outsideScopes(ref));
  const now = ports.clock.now();
  const record = await recordOf(ref, ports, previous, now);
  if (record === undefined) return { outcome: "done", again: null, record, because: "there is no such cluster" };
  const { ending, next } = record;
  if (previous === null || ports.recordsAll === true || !sameRecord(previous, next))
    await ports.registry.put(next, stored?.version ?? 0);
  const lookAt = next.lookAt === null ? null : new Date(next.lookAt);
  const again = ending.outcome === "progress" && lookAt !== null && lookAt <= now ? "now" : lookAt;
  return { outcome: ending.outcome, again, record: next, because: ending.message };
}

function noLook(because: string): Look {
  return { outcome: "done", again: null, record: undefined, because };
}

interface Recorded {
  readonly ending: Ending;
  readonly next: ClusterRecord;
}

async function recordOf(
  ref: ClusterRef,
  ports: LookPorts,
  previous: ClusterRecord | null,
  now: Date,
): Promise<Recorded | undefined> {
  const decision = await attempt(() => decide(ref, ports, previous, now));
  if (decision instanceof MusterbookError) return blind(ref, previous, decision, now);
  const { seen, generation, input, next: decided } = decision;
  if (previous === null && seen.state.cluster.status === "absent" && "nothing" in decided) return undefined;
  const { asked: endpoint } = seen;
  const { ending, result } = await carryOut(decided, input, { ref, seen, ports, endpoint, deadline: ports.deadline });
  const conditions = await conditionsOf(ports, seen, generation, now);
  const next = recordLook({
    arn: ref.arn,
    previous,
    createdAt: seen.description?.createdAt ?? previous?.createdAt ?? null,
    mode: seen.selection?.mode ?? previous?.mode ?? null,
    phase: phaseOf(seen, ending, conditions),
    ending,
    conditions,
    endpoint: result?.endpoint === undefined ? endpoint : result.endpoint,
    dnsChange: dnsChangeOf(seen, generation, result),
    vpc: seen.description === null ? previous?.vpc : vpcOf(seen.description, ports.config.reach),
    reused: generation.reused,
    now,
  });
  return { ending, next };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | MusterbookError> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return error;
  }
}

/** Nothing was seen, so nothing is concluded: what was known stays, with why there is no newer word. */
function blind(ref: ClusterRef, previous: ClusterRecord | null, error: MusterbookError, now: Date): Recorded {
  const ending = endingOfError("observe", error);
  const next = recordLook({
    arn: ref.arn,
    previous,
    createdAt: previous?.createdAt ?? null,
    mode: previous?.mode ?? null,
    phase: ending.outcome === "failed" ? "failed" : "waiting",
    ending,
    conditions: previous?.conditions ?? unknownConditions("not-looked-at", now),
    endpoint: previous?.endpoint ?? null,
    dnsChange: previous?.dnsChange ?? null,
    vpc: previous?.vpc,
    reused: null,
    now,
  });
  return { ending, next };
}

async function carryOut(
  decided: Plan,
  input: PlanInput,
  step: Parameters<(typeof STEPS)["access"]>[0],
): Promise<{ ending: Ending; result: StepResult | undefined }> {
  if (!("do" in decided)) return { ending: observedEnding(decided, input), result: undefined };
  const { log } = step.ports;
  log.info("doing a step", { cluster: step.ref.arn, step: decided.do, because: decided.because });
  const result = await attempt(() => STEPS[decided.do](step));
  if (!(result instanceof MusterbookError)) return { ending: endingOfStep(decided.do, result), result };
  log.warn("step failed", { cluster: step.ref.arn, step: decided.do, error: describeError(result) });
  return { ending: endingOfError(decided.do, result), result: undefined };
}

/** A cluster that is only observed waits for nothing; that it cannot be reached is worth saying all the same. */
function observedEnding(decided: Exclude<Plan, { do: string }>, input: PlanInput): Ending {
  const ending = endingOfPlan(decided);
  const hidden =
    input.selection?.mode === "observe" && ending.outcome === "done" && input.state.reach.status !== "unobserved";
  const verdict = hidden ? reach(input) : undefined;
  if (verdict === undefined || "do" in verdict || "nothing" in verdict) return ending;
  const { reason, message, remedy } = endingOfPlan(verdict);
  return { ...ending, reason, message, remedy };
}

/** A change is remembered until the endpoint is registered: its name has been in sync since. */
function dnsChangeOf(seen: Observation, { dnsChange }: Generation, result: StepResult | undefined): string | null {
  if (result?.dnsChange !== undefined) return result.dnsChange;
  return seen.state.dns.status === "current" && seen.state.listing.status !== "not-listed" ? null : dnsChange;
}

function phaseOf(
  { state, selection }: Observation,
  { outcome }: Ending,
  conditions: Conditions,
): ClusterRecord["phase"] {
  if (outcome === "failed") return "failed";
  if (state.cluster.status === "absent" && outcome !== "waiting") return "removed";
  if (outcome !== "done") return "waiting";
  if (selection === null || selection.mode === "observe" || selection.mode === "ignore") return "observed";
  return conditions.Uploading.status === "no" ? "waiting" : "present";
}

async function conditionsOf(
  ports: LookPorts,
  { state, selection, labels }: Observation,
  { record }: Generation,
  now: Date,
): Promise<Conditions> {
  const previous = record?.conditions ?? null;
  if (state.cluster.status === "absent") return removedConditions(previous, now);
  if (selection === null) return previous ?? unknownConditions("not-looked-at", now);
  if (selection.mode === "ignore") return previous ?? unknownConditions("ignored", now);
  const uploads = await uploadsOf(ports, labels);
  return judge({ previous, state, mode: selection.mode, uploads, now });
}

async function uploadsOf({ uploads, log }: LookPorts, labels: Readonly<Record<string, string>>): Promise<UploadsSeen> {
  const newest = await attempt(() => uploads.newestMaxTime(labels));
  if (newest instanceof MusterbookError) {
    log.warn("uploads cannot be read, their condition stays as it was", { error: describeError(newest) });
    return { status: "unreadable", message: describeError(newest) };
  }
  return newest === undefined ? { status: "none" } : { status: "newest", maxTime: newest };
}
