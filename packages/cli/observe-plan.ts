import type { ClusterSeen } from "#cli/observe-cluster";
import type { Looked } from "#cli/observe-failure";
import { missingRight } from "#cli/observe-failure";
import { clusterRef } from "#fleet/cluster";
import { plan } from "#onboard/plan";
import type { ClusterDescription } from "#onboard/ports";
import { type Forbidden, type Observed, UNOBSERVED } from "#onboard/state";
import type { FirstStep } from "#report/cluster-look";

/**
 * What mode `manage` would do first on a cluster of which nothing but its Kubernetes API is known: the same plan as for
 * any other, from what was seen, with EKS and its access entries taken as they should be.
 */
export function firstStep(seen: ClusterSeen, now: Date): FirstStep {
  const state: Observed = {
    cluster: { status: "active", description: STAND_IN },
    access: UNOBSERVED,
    reach: { status: "open", version: seen.version ?? "unknown" },
    crds: stateOf(seen.crds),
    release: stateOf(seen.release),
    ready: stateOf(seen.ready),
    dns: UNOBSERVED,
    listing: { status: "not-listed" },
    proof: UNOBSERVED,
  };
  const selection = { mode: "manage", because: "asked for" } as const;
  const next = plan({ state, selection, facts: { grantedAt: null, endpoint: null }, paused: false, now });
  if ("do" in next) return { kind: "do", reason: next.do, message: next.because, remedy: "" };
  if ("stop" in next) return { kind: "stop", reason: next.stop, message: next.message, remedy: next.remedy };
  if ("nothing" in next) return { kind: "nothing", reason: "nothing", message: next.because, remedy: "" };
  if (next.wait !== "not-looked-at") return { kind: "wait", reason: next.wait, message: next.message, remedy: "" };
  // DNS is behind the cluster: it is asked for where Musterbook runs.
  if (next.at === "dns") return { kind: "nothing", reason: "installed", message: INSTALLED, remedy: "" };
  return { kind: "unknown", reason: next.wait, message: `${next.at} could not be looked at`, remedy: "" };
}

const INSTALLED = "all is installed; its DNS record and store list entry come next";

function stateOf<T>(looked: Looked<T>): T | Forbidden | typeof UNOBSERVED {
  if (looked.ok) return looked.value;
  if (looked.why === "failed") return UNOBSERVED;
  return { status: "forbidden", message: missingRight(looked.error.message), remedy: looked.error.remedy };
}

/** EKS is not asked; the plan reads nothing of it but that the cluster is there. */
const STAND_IN: ClusterDescription = {
  ref: clusterRef({ account: "000000000000", region: "eu-west-1", name: "observed" }),
  status: "ACTIVE",
  createdAt: "1970-01-01T00:00:00Z",
  version: "",
  endpoint: null,
  certificateAuthority: null,
  authenticationMode: "API",
  endpointPublicAccess: true,
  endpointPrivateAccess: true,
  publicAccessCidrs: [],
  vpcId: null,
  autoMode: false,
  tags: {},
};
