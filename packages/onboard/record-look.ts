import { isDeepStrictEqual } from "node:util";
import { describeError, type MusterbookError, RetryableError } from "#fleet/errors";
import {
  CLUSTER_RECORD_VERSION,
  type ClusterRecord,
  type Conditions,
  type EndpointEntry,
  type Transition,
} from "#fleet/record";
import { backOffMs, LONGEST_MS } from "#onboard/back-off";
import type { StepResult } from "#onboard/steps/step";
import type { LayerName, Plan, Until } from "#onboard/verdict";

/** How a look ended, whatever it did: the one shape that is recorded. */
export interface Ending {
  readonly outcome: "done" | "waiting" | "failed" | "progress";
  readonly at: LayerName | "none";
  /** Lower-case, dashed. */
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  /** Null: only an event or a sweep looks again. `now`: at once, if this is the first time in a row. */
  readonly again: Until | "now" | number | null;
}

/** A step, or a look, that threw: waits where trying again can help, else needs a person. */
export function endingOfError(at: LayerName, error: MusterbookError): Ending {
  const { reason, remedy } = error;
  const outcome = error instanceof RetryableError ? "waiting" : "failed";
  return { outcome, at, reason, message: describeError(error), remedy, again: "patiently" };
}

export function endingOfPlan(next: Exclude<Plan, { do: string }>): Ending {
  if ("wait" in next) {
    const { wait: reason, at, message, until } = next;
    return { outcome: "waiting", at, reason, message, remedy: "", again: until === "sweep" ? null : until };
  }
  if ("stop" in next) {
    const { stop: reason, at, message, remedy } = next;
    return { outcome: "failed", at, reason, message, remedy, again: "patiently" };
  }
  return { outcome: "done", at: "none", reason: "nothing-to-do", message: next.because, remedy: "", again: null };
}

export function endingOfStep(at: LayerName, { message, againAfterMs }: StepResult): Ending {
  return { outcome: "progress", at, reason: `${at}-done`, message, remedy: "", again: againAfterMs ?? "now" };
}

export interface RecordInput {
  readonly arn: string;
  /** Of this very cluster or an earlier one with its ARN: its history goes on. */
  readonly previous: ClusterRecord | null;
  readonly createdAt: string | null;
  readonly mode: ClusterRecord["mode"];
  readonly phase: ClusterRecord["phase"];
  readonly ending: Ending;
  readonly conditions: Conditions;
  readonly endpoint: EndpointEntry | null;
  readonly dnsChange: string | null;
  readonly vpc?: string | undefined;
  /** Set when the ARN was found to be another cluster's now. */
  readonly reused: Transition | null;
  readonly now: Date;
}

const HISTORY_MAX = 20;

/** The record after a look. */
export function recordLook(input: RecordInput): ClusterRecord {
  const { previous, ending, now, arn, createdAt, mode, phase, conditions, endpoint, dnsChange, vpc } = input;
  const same = previous !== null && previous.step === ending.at && previous.reason === ending.reason;
  const settled = ending.outcome === "done";
  const attempts = settled ? 0 : same ? previous.attempts + 1 : 1;
  return {
    schemaVersion: CLUSTER_RECORD_VERSION,
    arn,
    createdAt,
    mode,
    phase,
    step: ending.at,
    reason: ending.reason,
    message: ending.message,
    remedy: ending.remedy,
    attempts,
    conditions,
    endpoint,
    ...(vpc === undefined ? {} : { vpc }),
    dnsChange,
    lookAt: lookAtOf(ending.again, attempts, now)?.toISOString() ?? null,
    updatedAt: now.toISOString(),
    history: historyOf(input),
  };
}

function lookAtOf(again: Ending["again"], attempts: number, now: Date): Date | null {
  if (again === null || again === "sweep") return null;
  if (again instanceof Date) return again;
  const after = (ms: number) => new Date(now.getTime() + ms);
  if (typeof again === "number") return after(again);
  // A step that is done and has to be done again at the next look makes no progress, however often it succeeds.
  if (again === "now") return attempts > 1 ? after(backOffMs(attempts - 1, LONGEST_MS.patiently)) : now;
  return after(backOffMs(attempts, LONGEST_MS[again]));
}

/** A line for each step that was done and each change of what is waited for; none for the same wait again. */
function historyOf({ previous, ending, reused, now }: RecordInput): readonly Transition[] {
  const told = previous?.history ?? [];
  const { at: step, reason, message } = ending;
  const acted = ending.outcome === "progress";
  const outcome = ending.outcome === "progress" ? "done" : ending.outcome;
  const last = told.at(-1);
  const repeated =
    !acted && reused === null && last?.step === step && last.outcome === outcome && last.reason === reason;
  const line = { at: now.toISOString(), step, outcome, reason, message };
  return [...told, ...(reused === null ? [] : [reused]), ...(repeated ? [] : [line])].slice(-HISTORY_MAX);
}

/** Whether two records say the same but for the time of the look. */
export function sameRecord(a: ClusterRecord, b: ClusterRecord): boolean {
  return isDeepStrictEqual({ ...a, updatedAt: "" }, { ...b, updatedAt: "" });
}
