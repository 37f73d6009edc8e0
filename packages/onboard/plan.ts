import { allows, type Mode } from "#fleet/mode";
import type { Plan, PlanInput, Verdict } from "#onboard/verdict";
import { access, crds, foreign, place, reach, release } from "#onboard/verdicts/install";
import { dns, prove, ready, register } from "#onboard/verdicts/register";

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
