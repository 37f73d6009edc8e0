import type { Mode } from "#fleet/mode";

export type ConditionName = "Installed" | "Registered" | "Queryable" | "Uploading" | "Beating";

/**
 * One claim about a cluster, with time and evidence.
 * `yes` proven; `no` disproven or failed; `due` not yet, and not late (`until` says when it becomes late); `theirs`
 * somebody else's, left alone; `unknown` not looked at.
 */
export interface Condition {
  readonly status: "yes" | "no" | "due" | "theirs" | "unknown";
  /** Lower-case, dashed; a closed set per condition where it is produced. */
  readonly reason: string;
  /** What was seen, in words and numbers. */
  readonly evidence: string;
  /** When the status last changed, RFC 3339. */
  readonly since: string;
  readonly until?: string;
}

export type Conditions = Readonly<Record<ConditionName, Condition>>;

/** Where a cluster's StoreAPI is registered: an entry of `endpoints.yaml`. */
export interface EndpointEntry {
  /** `host:port`; never `dns+` (such addresses never get per-endpoint TLS). */
  readonly address: string;
  /** `listed`: belongs on the list. `removed`: has to leave it. */
  readonly state: "listed" | "removed";
  /** For `removed`: whether EKS itself confirmed the deletion, which the mass-removal guard does not count. */
  readonly confirmedByEks: boolean;
  readonly since: string;
}

/** One line of the story of a cluster. */
export interface Transition {
  readonly at: string;
  readonly step: string;
  readonly outcome: "done" | "waiting" | "failed";
  readonly reason: string;
  readonly message: string;
}

export const CLUSTER_RECORD_VERSION = 1;

/** What the registry holds of one cluster: decisions and evidence, a cache that a sweep rebuilds. */
export interface ClusterRecord {
  readonly schemaVersion: typeof CLUSTER_RECORD_VERSION;
  readonly arn: string;
  /** EKS's `createdAt`, RFC 3339: with the ARN the identity. Null until EKS was asked. */
  readonly createdAt: string | null;
  readonly mode: Mode | "ignore" | null;
  /** `present` all conditions proven or not yet due; `waiting`; `failed` needs a person; `observed` looked at only; `removed`. */
  readonly phase: "waiting" | "present" | "failed" | "observed" | "removed";
  /** The step the last look ended in, or "none". */
  readonly step: string;
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  /** Consecutive looks that ended in the same failure or wait. */
  readonly attempts: number;
  readonly conditions: Conditions;
  readonly endpoint: EndpointEntry | null;
  /** The VPC whose reconciler looks at the cluster; absent: the one that is in none. */
  readonly vpc?: string;
  /** Route53 change waiting for INSYNC. */
  readonly dnsChange: string | null;
  /** When the tick enqueues the next look, RFC 3339; null: only an event or a sweep does. */
  readonly lookAt: string | null;
  readonly updatedAt: string;
  /** Newest last, at most 20. */
  readonly history: readonly Transition[];
}
