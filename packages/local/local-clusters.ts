import { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { type MusterbookError, RetryableError, TerminalError } from "#fleet/errors";
import type { ClusterApi, ClusterDescription } from "#onboard/ports";

export interface LocalClustersOptions {
  readonly clock: Clock;
  /** Where the clusters are kept; tables `eks_cluster` and `eks_access` are made where they are missing. Default: memory. */
  readonly db?: DatabaseSync;
  /** How long a cluster is CREATING, and DELETING. */
  readonly settleMs?: number;
  /** Asked before every call: an error is thrown instead of an answer. */
  readonly fault?: (call: keyof ClusterApi, scope: Scope) => MusterbookError | undefined;
}

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** What a user of EKS can do, besides what Musterbook can. */
export interface LocalClusters extends ClusterApi {
  /** CreateCluster, with what differs from a public cluster of authentication mode API. */
  create(
    ref: ClusterRef,
    given?: Partial<Omit<ClusterDescription, "ref" | "status" | "createdAt">>,
  ): ClusterDescription;
  /** Tags, endpoint access and the like; at once. */
  update(ref: ClusterRef, changes: Partial<Omit<ClusterDescription, "ref" | "createdAt">>): void;
  /** DeleteCluster; absent is fine. */
  remove(ref: ClusterRef): void;
}

const SETTLE_MS = 60_000;

type Row = { arn: string; description: string; settles_at: number };

/** EKS for tests and the demo, over a database. */
export function localClusters(options: LocalClustersOptions): LocalClusters {
  const { clock, db = new DatabaseSync(":memory:"), settleMs = SETTLE_MS } = options;
  const table = clusterTable(db);
  const now = () => clock.now().getTime();
  const check = (call: keyof ClusterApi, scope: Scope) => {
    const error = options.fault?.(call, scope);
    if (error !== undefined) throw error;
  };
  const find = (arn: string) => settled(table.read(arn), now());
  const existing = (ref: ClusterRef) => find(ref.arn) ?? fail(notFound(ref));
  const granting = (ref: ClusterRef) => {
    const { authenticationMode } = existing(ref);
    if (authenticationMode === "CONFIG_MAP") throw configMapOnly(ref);
  };

  return {
    create: (ref, given = {}) => {
      if (find(ref.arn) !== undefined) throw inUse(ref);
      table.forget(ref.arn);
      const description = newCluster(ref, clock.now(), given);
      table.write(description, now() + settleMs);
      return shown(description);
    },
    update: (ref, changes) => table.write({ ...existing(ref), ...changes }, now()),
    remove: (ref) => {
      const found = find(ref.arn);
      if (found !== undefined) table.write({ ...found, status: "DELETING" }, now() + settleMs);
    },
    describe: async (ref) => {
      check("describe", ref);
      const found = find(ref.arn);
      return found && shown(found);
    },
    list: async (scope) => {
      check("list", scope);
      const refs = table
        .arns()
        .map(parseClusterArn)
        .filter((ref) => ref !== undefined);
      const here = refs.filter(({ account, region }) => account === scope.account && region === scope.region);
      return here.filter(({ arn }) => find(arn) !== undefined);
    },
    accessPolicies: async (ref, principalArn) => {
      check("accessPolicies", ref);
      granting(ref);
      return table.policies(ref.arn, principalArn);
    },
    grantAccess: async (ref, principalArn, policyArn) => {
      check("grantAccess", ref);
      granting(ref);
      const policies = table.policies(ref.arn, principalArn) ?? [];
      table.grant(ref.arn, principalArn, [...new Set([...policies, policyArn])]);
    },
  };
}

function clusterTable(db: DatabaseSync) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS eks_cluster (arn TEXT PRIMARY KEY, description TEXT NOT NULL, settles_at INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS eks_access (
      arn TEXT NOT NULL, principal TEXT NOT NULL, policies TEXT NOT NULL, PRIMARY KEY (arn, principal)
    ) STRICT;
  `);
  const one = db.prepare("SELECT arn, description, settles_at FROM eks_cluster WHERE arn = ?");
  const every = db.prepare("SELECT arn FROM eks_cluster ORDER BY arn");
  const write = db.prepare("INSERT OR REPLACE INTO eks_cluster (arn, description, settles_at) VALUES (?, ?, ?)");
  const revoke = db.prepare("DELETE FROM eks_access WHERE arn = ?");
  const entry = db.prepare("SELECT policies FROM eks_access WHERE arn = ? AND principal = ?");
  const grant = db.prepare("INSERT OR REPLACE INTO eks_access (arn, principal, policies) VALUES (?, ?, ?)");
  return {
    read: (arn: string) => one.get(arn) as Row | undefined,
    arns: () => (every.all() as { arn: string }[]).map(({ arn }) => arn),
    write: (of: ClusterDescription, settlesAt: number) => void write.run(of.ref.arn, JSON.stringify(of), settlesAt),
    /** Entries go with their cluster. */
    forget: (arn: string) => void revoke.run(arn),
    policies: (arn: string, principal: string): string[] | undefined => {
      const row = entry.get(arn, principal) as { policies: string } | undefined;
      return row && JSON.parse(row.policies);
    },
    grant: (arn: string, principal: string, policies: readonly string[]) =>
      void grant.run(arn, principal, JSON.stringify(policies)),
  };
}

/** What has become of a cluster since it was written. */
function settled(row: Row | undefined, now: number): ClusterDescription | undefined {
  if (row === undefined) return undefined;
  const description: ClusterDescription = JSON.parse(row.description);
  if (now < row.settles_at) return description;
  if (description.status === "DELETING") return undefined;
  return description.status === "CREATING" ? { ...description, status: "ACTIVE" } : description;
}

/** EKS names no endpoint before there is one. */
function shown(description: ClusterDescription): ClusterDescription {
  return description.status === "CREATING"
    ? { ...description, endpoint: null, certificateAuthority: null }
    : description;
}

function newCluster(ref: ClusterRef, at: Date, given: Partial<ClusterDescription>): ClusterDescription {
  return {
    version: "1.36",
    endpoint: `https://${ref.name}.${ref.account}.${ref.region}.eks.invalid`,
    certificateAuthority: null,
    authenticationMode: "API",
    endpointPublicAccess: true,
    endpointPrivateAccess: true,
    publicAccessCidrs: ["0.0.0.0/0"],
    vpcId: "vpc-0123456789abcdef0",
    autoMode: false,
    tags: {},
    ...given,
    ref,
    status: "CREATING",
    createdAt: at.toISOString(),
  };
}

/** EKS's `ThrottlingException`, as its adapter would throw it. */
export function throttled(): RetryableError {
  return new RetryableError("EKS throttles: Rate exceeded", { reason: "throttled", remedy: "wait; ask less often" });
}

/** EKS's `AccessDeniedException`, as its adapter would throw it. */
export function denied(action: string, resource: string): TerminalError {
  const remedy = `allow ${action} on ${resource} to Musterbook's member role`;
  return new TerminalError(`not allowed: ${action} on ${resource}`, { reason: "forbidden", remedy });
}

function fail(error: Error): never {
  throw error;
}

function notFound(ref: ClusterRef): TerminalError {
  return new TerminalError(`EKS knows no cluster ${ref.arn}`, { reason: "cluster-absent", remedy: "check the name" });
}

function inUse(ref: ClusterRef): TerminalError {
  return new TerminalError(`EKS has a cluster ${ref.arn} already`, {
    reason: "cluster-exists",
    remedy: "choose another name, or delete the cluster first",
  });
}

function configMapOnly(ref: ClusterRef): TerminalError {
  return new TerminalError(`${ref.name} has authentication mode CONFIG_MAP: it takes no access entries`, {
    reason: "config-map-only",
    remedy: "set the authentication mode to API_AND_CONFIG_MAP",
  });
}
