import { allows, type Mode } from "#fleet/mode";
import type { EndpointEntry } from "#fleet/record";
import type { Selection } from "#fleet/select";
import type { Observed } from "#onboard/state";
import { access, crds, foreign, place, reach, release } from "#onboard/verdicts/install";
import { dns, prove, ready, register } from "#onboard/verdicts/register";

/** What can be done, one at a time. */
export type StepName = "access" | "crds" | "release" | "dns" | "register" | "offboard";

/** Where a look can end: a step, or a layer that only the world can move. */
export type LayerName = StepName | "observe" | "cluster" | "reach" | "ready" | "prove";

/** When to look again: at a time; `soon` 15 s doubling to 5 min; `patiently` to 30 min; `sweep` not before the next sweep. */
export type Until = Date | "soon" | "patiently" | "sweep";

export type Plan =
  | { readonly do: StepName; readonly because: string }
  | { readonly wait: string; readonly at: LayerName; readonly message: string; readonly until: Until }
  | { readonly stop: string; readonly at: LayerName; readonly message: string; readonly remedy: string }
  | { readonly nothing: true; readonly because: string };

/** What the record remembers that no look at the world tells. */
export interface Facts {
  /** When we last made the access entry. */
  readonly grantedAt: Date | null;
  readonly endpoint: EndpointEntry | null;
}

export interface PlanInput {
  readonly state: Observed;
  /** Null where the tags are not known: the cluster is absent or EKS did not answer. */
  readonly selection: Selection | null;
  readonly facts: Facts;
  readonly paused: boolean;
  readonly now: Date;
}

/** Undefined: this layer is as it should be. */
export type Verdict = Plan | undefined;

/** What to do next: the first layer, in order, that is not as it should be decides. A layer that the mode does not reach decides nothing. */
export function plan(input: PlanInput): Plan {
  const next = leaving(input) ?? ignored(input) ?? firstOf(input);
  if (next === undefined) return { nothing: true, because: input.selection?.because ?? "nothing of ours is left" };
  if (!input.paused || !("do" in next)) return next;
  return { wait: "paused", at: next.do, message: `paused; would do ${next.do}: ${next.because}`, until: "sweep" };
}

/** Offboarding is by what is ours and not by mode: a cluster that is gone has no tags any more. */
function leaving({ state, facts }: PlanInput): Verdict {
  const { cluster, dns } = state;
  const listed = facts.endpoint?.state === "listed";
  if (cluster.status === "deleting") {
    if (listed) return { do: "offboard", because: "EKS is deleting the cluster; its endpoint leaves the store list" };
    return { wait: "cluster-deleting", at: "cluster", message: "EKS is deleting the cluster", until: "soon" };
  }
  if (cluster.status !== "absent") return undefined;
  if (listed || dns.status === "wrong") return { do: "offboard", because: "EKS says that the cluster is gone" };
  return { nothing: true, because: "the cluster is gone and nothing of ours is left" };
}

function ignored({ selection }: PlanInput): Verdict {
  return selection?.mode === "ignore" ? { nothing: true, because: selection.because } : undefined;
}

function firstOf(input: PlanInput): Verdict {
  const mode = input.selection?.mode;
  for (const { needs, verdict } of LAYERS) {
    if (mode !== undefined && mode !== "ignore" && !allows(mode, needs)) continue;
    const found = verdict(input);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Policy as data: in which mode a layer counts. */
const LAYERS: readonly { readonly needs: Mode; readonly verdict: (input: PlanInput) => Verdict }[] = [
  { needs: "observe", verdict: known },
  { needs: "register", verdict: alive },
  { needs: "observe", verdict: place },
  { needs: "manage", verdict: access },
  { needs: "register", verdict: reach },
  { needs: "manage", verdict: foreign },
  { needs: "manage", verdict: crds },
  { needs: "manage", verdict: release },
  { needs: "register", verdict: ready },
  { needs: "register", verdict: dns },
  { needs: "register", verdict: register },
  { needs: "register", verdict: prove },
];

function known({ state: { cluster } }: PlanInput): Verdict {
  if (cluster.status !== "unobservable") return undefined;
  const { message, remedy, reason } = cluster;
  return cluster.retryable
    ? { wait: "cluster-unobservable", at: "cluster", message, until: "patiently" }
    : { stop: reason, at: "cluster", message, remedy };
}

function alive({ state: { cluster } }: PlanInput): Verdict {
  if (cluster.status === "creating") {
    return { wait: "cluster-creating", at: "cluster", message: "EKS is creating the cluster", until: "soon" };
  }
  if (cluster.status !== "failed") return undefined;
  const remedy = "look at the cluster's health in EKS; delete it and create it again";
  return { stop: "cluster-failed", at: "cluster", message: "EKS says that the cluster has failed", remedy };
}
