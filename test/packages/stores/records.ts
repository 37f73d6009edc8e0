import type { ClusterRecord, Condition, EndpointEntry } from "#fleet/record";

const UNKNOWN: Condition = { status: "unknown", reason: "not-looked", evidence: "", since: "2026-11-21T10:00:00.000Z" };

export type EndpointState = "listed" | "removed" | "confirmed" | "none";

/** The address of a cluster made by `recordOf`. */
export function addressOf(name: string): string {
  return `thanos.${name}.example.com:10901`;
}

export function arnOf(name: string): string {
  return `arn:aws:eks:eu-west-1:111122223333:cluster/${name}`;
}

/** The registry's record of a cluster whose endpoint is in this state. */
export function recordOf(name: string, state: EndpointState, address = addressOf(name)): ClusterRecord {
  const since = "2026-11-21T10:00:00.000Z";
  const endpoint: EndpointEntry = {
    address,
    state: state === "listed" ? "listed" : "removed",
    confirmedByEks: state === "confirmed",
    since,
  };
  return {
    schemaVersion: 1,
    arn: arnOf(name),
    createdAt: since,
    mode: "register",
    phase: "present",
    step: "none",
    reason: "",
    message: "",
    remedy: "",
    attempts: 0,
    conditions: { Installed: UNKNOWN, Registered: UNKNOWN, Queryable: UNKNOWN, Uploading: UNKNOWN, Beating: UNKNOWN },
    endpoint: state === "none" ? null : endpoint,
    dnsChange: null,
    lookAt: null,
    updatedAt: since,
    history: [],
  };
}
