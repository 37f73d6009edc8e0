import type { Mode } from "#fleet/mode";
import { allows } from "#fleet/mode";
import type { Condition, ConditionName, Conditions } from "#fleet/record";
import type { Observed } from "#onboard/state";

/**
 * How long after registration the first block may take: the sidecar uploads a block when Prometheus has cut it, up to
 * 3 h after its first sample, and compaction and upload are given two hours more. Also how old the newest block's end may grow.
 */
export const UPLOAD_DEADLINE_MS = 5 * 3_600_000;

/** What the audit side said of the uploads. */
export type UploadsSeen =
  | { readonly status: "newest"; readonly maxTime: number }
  | { readonly status: "none" }
  /** The index could not be read: the last known condition stays. */
  | { readonly status: "unreadable"; readonly message: string };

export interface ConditionsInput {
  /** Of this very cluster; null for a new one. */
  readonly previous: Conditions | null;
  readonly state: Observed;
  readonly mode: Mode;
  readonly uploads: UploadsSeen;
  readonly now: Date;
}

type Claim = Omit<Condition, "since">;

/** Judges the five conditions. Where nothing was seen the last known stays: blindness disproves nothing. */
export function judge(input: ConditionsInput): Conditions {
  const { previous, now } = input;
  const keep = (name: ConditionName, claim: Claim | undefined) => dated(previous?.[name], claim, now);
  const registered = keep("Registered", registeredOf(input));
  return {
    Installed: keep("Installed", installedOf(input)),
    Registered: registered,
    Queryable: keep("Queryable", queryableOf(input)),
    Uploading: keep("Uploading", uploadingOf(input, registered)),
    Beating: keep("Beating", claim("unknown", "not-watched-yet", "heartbeats are not watched yet")),
  };
}

/** Conditions of a cluster of which nothing is known. */
export function unknownConditions(reason: string, now: Date): Conditions {
  const unknown = { ...claim("unknown", reason, ""), since: now.toISOString() };
  return { Installed: unknown, Registered: unknown, Queryable: unknown, Uploading: unknown, Beating: unknown };
}

/** Conditions of a cluster that is gone: nothing is claimed of it any more. */
export function removedConditions(previous: Conditions | null, now: Date): Conditions {
  return previous?.Installed.reason === REMOVED ? previous : unknownConditions(REMOVED, now);
}

const REMOVED = "removed";

function claim(status: Condition["status"], reason: string, evidence: string): Claim {
  return { status, reason, evidence };
}

function dated(previous: Condition | undefined, found: Claim | undefined, now: Date): Condition {
  const at = now.toISOString();
  if (found === undefined) return previous ?? { ...claim("unknown", "not-looked-at", ""), since: at };
  return { ...found, since: previous?.status === found.status ? previous.since : at };
}

function installedOf({ state: { release, ready }, mode, previous }: ConditionsInput): Claim | undefined {
  switch (release.status) {
    case "unobserved":
      return undefined;
    case "forbidden":
      return claim("unknown", "forbidden", release.message);
    case "foreign":
      return claim("theirs", "foreign-release", release.owner);
    case "absent":
      return allows(mode, "manage")
        ? claim("due", "not-installed", "there is no release yet")
        : claim("no", "not-installed", "nobody's monitoring was found");
    case "ours-failed":
      return claim("no", "release-failed", `revision ${release.revision} failed`);
    case "uninstalling":
      return claim("no", "release-uninstalling", `since ${release.since}`);
    case "pending":
      return claim("due", "release-pending", `helm ${release.operation} since ${release.since}`);
    case "ours-current":
    case "ours-outdated":
    case "ours-relabelling":
      return deployed(release, ready, previous?.Installed.status === "yes");
  }
}

function deployed(
  release: { readonly status: string; readonly revision: number },
  ready: Observed["ready"],
  wasInstalled: boolean,
): Claim {
  const evidence = `revision ${release.revision} is deployed`;
  if (ready.status === "waiting") {
    const missing = ready.missing.map(({ what }) => what).join("; ");
    return claim(wasInstalled ? "no" : "due", "not-ready", `${evidence}; ${missing}`);
  }
  const outdated = release.status !== "ours-current";
  return claim("yes", outdated ? "outdated" : "deployed", outdated ? `${evidence} and is to be upgraded` : evidence);
}

function registeredOf({ state: { cluster, dns, listing }, mode }: ConditionsInput): Claim {
  if (cluster.status === "deleting") return claim("no", "cluster-deleting", "EKS is deleting the cluster");
  if (dns.status === "foreign") {
    return claim("no", "foreign-record", `the name belongs to ${dns.owner ?? "somebody who left no marker"}`);
  }
  if (listing.status === "listed") return claim("yes", "listed", "the store list holds the endpoint");
  if (listing.status === "unpublished") return claim("due", "unpublished", "the store list does not hold it yet");
  return allows(mode, "register")
    ? claim("due", "not-registered", "the endpoint is not registered yet")
    : claim("no", "not-registered", `mode ${mode} registers nothing`);
}

function queryableOf({ state: { proof, listing } }: ConditionsInput): Claim | undefined {
  if (proof.status === "proven") return claim("yes", "proven", proof.evidence);
  if (proof.status === "refused") return claim("no", proof.reason, proof.message);
  return listing.status === "listed"
    ? undefined
    : claim("unknown", "not-registered", "there is nothing to ask for yet");
}

function uploadingOf({ uploads, now }: ConditionsInput, registered: Condition): Claim | undefined {
  if (uploads.status === "unreadable") return undefined;
  const deadline = Date.parse(registered.since) + UPLOAD_DEADLINE_MS;
  const isDue = registered.status === "yes" && now.getTime() < deadline;
  if (uploads.status === "newest") {
    const evidence = `newest block ends ${new Date(uploads.maxTime).toISOString()}`;
    if (now.getTime() - uploads.maxTime <= UPLOAD_DEADLINE_MS) return claim("yes", "on-time", evidence);
    return isDue ? due(deadline, evidence) : claim("no", "late", evidence);
  }
  if (isDue) return due(deadline, "no block yet");
  return registered.status === "yes"
    ? claim("no", "no-stream", "no block has been uploaded under this cluster's labels")
    : claim("unknown", "not-registered", "no block was found under this cluster's labels");
}

function due(deadline: number, evidence: string): Claim {
  return { ...claim("due", "first-block-due", evidence), until: new Date(deadline).toISOString() };
}
