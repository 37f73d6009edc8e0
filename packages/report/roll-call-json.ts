import { parseClusterArn } from "#fleet/cluster";
import type { ClusterRecord } from "#fleet/record";
import type { AuditedBucket } from "#report/audited-buckets";

/** The roll call for programs; `schemaVersion` grows with every change that a reader has to know of. */
export interface RollCallJson {
  readonly schemaVersion: 1;
  /** RFC 3339. */
  readonly now: string;
  /** Clusters by phase. */
  readonly summary: Readonly<Record<ClusterRecord["phase"] | "clusters", number>>;
  readonly clusters: readonly ClusterJson[];
  /** What the last audit of each bucket found, in numbers. */
  readonly buckets: readonly AuditedBucket[];
}

type ClusterJson = Pick<
  ClusterRecord,
  | "arn"
  | "mode"
  | "phase"
  | "step"
  | "reason"
  | "message"
  | "remedy"
  | "conditions"
  | "endpoint"
  | "lookAt"
  | "updatedAt"
> & { readonly name: string; readonly region: string | null; readonly account: string | null };

export function rollCallJson(
  records: readonly ClusterRecord[],
  buckets: readonly AuditedBucket[],
  now: Date,
): RollCallJson {
  const inPhase = (phase: ClusterRecord["phase"]) => records.filter((record) => record.phase === phase).length;
  return {
    schemaVersion: 1,
    now: now.toISOString(),
    summary: {
      clusters: records.length,
      present: inPhase("present"),
      observed: inPhase("observed"),
      waiting: inPhase("waiting"),
      failed: inPhase("failed"),
      removed: inPhase("removed"),
    },
    clusters: records.map(clusterJson),
    buckets,
  };
}

function clusterJson(record: ClusterRecord): ClusterJson {
  const { arn, mode, phase, step, reason, message, remedy, conditions, endpoint, lookAt, updatedAt } = record;
  const { name = arn, region = null, account = null } = parseClusterArn(arn) ?? {};
  return {
    ...{ arn, name, region, account, mode, phase, step, reason, message, remedy },
    ...{ conditions, endpoint, lookAt, updatedAt },
  };
}
