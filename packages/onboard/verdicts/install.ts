import { RELABEL_TAG } from "#onboard/ownership";
import type { Observed } from "#onboard/state";
import type { PlanInput, Verdict } from "#onboard/verdict";
import { notLookedAt, stop } from "#onboard/verdicts/common";

/** EKS honours an access entry some seconds after it was made. */
const PROPAGATION_MS = 60_000;
const PROPAGATION_LOOK_MS = 30_000;
/** A `pending-*` older than the longest life of a Lambda has nobody at work on it. */
const HELM_LIFE_MS = 15 * 60_000;

export function access({ state }: PlanInput): Verdict {
  const { access: found } = state;
  switch (found.status) {
    case "missing":
      return { do: "access", because: "Musterbook's role has no access entry" };
    case "narrowed":
      return {
        do: "access",
        because: `the access entry lacks the cluster-admin policy (${found.policies.length} others)`,
      };
    case "config-map-only":
      return stop("access", "config-map-only", CONFIG_MAP, CONFIG_MAP_REMEDY);
    case "unreadable":
      return found.retryable
        ? { wait: "access-unreadable", at: "access", message: found.message, until: "patiently" }
        : stop("access", "access-unreadable", found.message, found.remedy);
    case "granted":
    case "unobserved":
      return undefined;
  }
}

const CONFIG_MAP = "authentication mode is CONFIG_MAP: EKS takes no access entries";
const CONFIG_MAP_REMEDY =
  'set the authentication mode to API_AND_CONFIG_MAP (there is no way back to CONFIG_MAP), or set mode "observe"';

/** Before anything is done: what another reconciler looks at is its alone. */
export function place({ state: { reach: found }, now }: PlanInput): Verdict {
  if (found.status !== "elsewhere") return undefined;
  const whose = found.vpc === null ? "outside of VPCs" : `in ${found.vpc}`;
  return { wait: "handed-over", at: "reach", message: `the reconciler ${whose} looks at it next`, until: now };
}

export function reach({ state: { reach: found }, facts, now }: PlanInput): Verdict {
  switch (found.status) {
    case "open":
      return undefined;
    case "private":
      return stop("reach", "private-endpoint", privateMessage(found.vpcId), privateRemedy(found.vpcId));
    case "restricted":
      return stop(
        "reach",
        "endpoint-restricted",
        `${found.message}; public access is for ${found.cidrs.join(", ")}`,
        CIDRS,
      );
    case "unauthorized":
      if (facts.grantedAt === null || now.getTime() - facts.grantedAt.getTime() > PROPAGATION_MS) {
        return stop("reach", "unauthorized", found.message, "give Musterbook's role (principalArn) an access entry");
      }
      return {
        wait: "access-propagating",
        at: "reach",
        message: "EKS does not honour the access entry yet",
        until: new Date(now.getTime() + PROPAGATION_LOOK_MS),
      };
    case "unreachable":
      return { wait: "unreachable", at: "reach", message: found.message, until: "patiently" };
    // Of the other reconciler nothing is known here.
    case "elsewhere":
    case "unobserved":
      return notLookedAt("reach");
  }
}

const CIDRS = "add Musterbook's egress addresses to publicAccessCidrs, or run a reconciler in the cluster's VPC";

function privateMessage(vpcId: string | null): string {
  return `endpoint is private and no reconciler runs in ${vpcId ?? "its VPC"}`;
}

function privateRemedy(vpcId: string | null): string {
  return `add ${vpcId ?? "its VPC"} to reach.vpc in fleet.config.ts, or set mode "observe"`;
}

/**
 * Before the definitions: nothing of somebody else's installation is touched, its definitions neither. Whose it is
 * has to be known: releases that our role may not read could be anybody's.
 */
export function foreign({ state: { release: found } }: PlanInput): Verdict {
  if (found.status === "forbidden") return stop("release", "forbidden", found.message, found.remedy);
  if (found.status !== "foreign") return undefined;
  const remedy = 'set mode "register" and leaf.endpointService to use it as it is, or remove it to have it replaced';
  return stop("release", "foreign-release", `monitoring is installed already: ${found.owner}`, remedy);
}

export function crds({ state: { crds: found, release: installed } }: PlanInput): Verdict {
  switch (found.status) {
    case "missing":
      return { do: "crds", because: `${found.names.length} custom resource definitions are missing` };
    case "older":
      return { do: "crds", because: `custom resource definitions are of ${found.found}, wanted ${found.wanted}` };
    case "settling": {
      const message = `not served yet: ${found.names.join(", ")}`;
      return { wait: "crds-settling", at: "crds", message, until: "soon" };
    }
    case "forbidden":
      return stop("crds", "forbidden", found.message, found.remedy);
    case "unobserved":
      return installed.status === "ours-current" ? undefined : notLookedAt("crds");
    case "present":
    case "newer":
      return undefined;
  }
}

export function release({ state: { release: found }, now }: PlanInput): Verdict {
  switch (found.status) {
    case "absent":
      return { do: "release", because: "there is no release" };
    case "ours-outdated":
      return { do: "release", because: `revision ${found.revision} has values ${found.found}, wanted ${found.wanted}` };
    case "ours-failed":
      return { do: "release", because: `revision ${found.revision} failed` };
    case "ours-relabelling":
      return stop(
        "release",
        "labels-would-change",
        `external labels would change from ${found.from} to ${found.to}`,
        relabelRemedy(found.to),
      );
    case "pending":
      return pending(found, now);
    case "uninstalling":
      return uninstalling(found.since, now);
    case "unobserved":
      return notLookedAt("release");
    case "ours-current":
    case "foreign":
    case "forbidden":
      return undefined;
  }
}

function relabelRemedy(to: string): string {
  return `set the tag or value back that they come from, or acknowledge the new stream by the tag ${RELABEL_TAG} = ${to}`;
}

function pending(found: Extract<Observed["release"], { status: "pending" }>, now: Date): Verdict {
  const what = `helm ${found.operation} of revision ${found.revision} has been pending since ${found.since}`;
  if (isAtWork(found.since, now)) return { wait: "release-pending", at: "release", message: what, until: "soon" };
  return { do: "release", because: `${what}: nobody is at work on it` };
}

function uninstalling(since: string, now: Date): Verdict {
  const message = `somebody has been uninstalling the release since ${since}`;
  if (isAtWork(since, now)) return { wait: "release-uninstalling", at: "release", message, until: "soon" };
  return stop("release", "release-uninstalling", message, 'finish helm uninstall, or set mode "observe"');
}

function isAtWork(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) < HELM_LIFE_MS;
}
