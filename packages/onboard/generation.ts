import type { ClusterRecord, EndpointEntry, Transition } from "#fleet/record";
import type { ClusterDescription } from "#onboard/ports";

/** What the record says of the cluster that has the ARN now. */
export interface Generation {
  /** Null for a cluster that was never looked at, be its ARN new or reused. */
  readonly record: ClusterRecord | null;
  readonly endpoint: EndpointEntry | null;
  readonly dnsChange: string | null;
  readonly reused: Transition | null;
}

/**
 * Tells a cluster from an earlier one with its ARN, by EKS's `createdAt`. That an ARN is reused is EKS's own word that
 * the earlier cluster is gone: its endpoint leaves the store list until the new one has earned its place.
 */
export function generationOf(
  record: ClusterRecord | null,
  description: ClusterDescription | null,
  now: Date,
): Generation {
  if (record === null) return { record: null, endpoint: null, dnsChange: null, reused: null };
  const { endpoint, dnsChange, createdAt } = record;
  if (description === null || createdAt === null || Date.parse(createdAt) === Date.parse(description.createdAt)) {
    return { record, endpoint, dnsChange, reused: null };
  }
  const at = now.toISOString();
  const message = `the cluster of ${createdAt} is gone; another one of ${description.createdAt} has its ARN`;
  return {
    record: null,
    endpoint:
      endpoint?.state === "listed" ? { ...endpoint, state: "removed", confirmedByEks: true, since: at } : endpoint,
    dnsChange: null,
    reused: { at, step: "cluster", outcome: "done", reason: "arn-reused", message },
  };
}
