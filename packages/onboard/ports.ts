import type { Clock } from "#fleet/clock";
import type { ClusterRef } from "#fleet/cluster";
import type { Log } from "#fleet/log";
import type { Registry } from "#fleet/registry";
import type { StoreList } from "#stores/store-list";

/** What DescribeCluster answers, as far as Musterbook reads it. */
export interface ClusterDescription {
  readonly ref: ClusterRef;
  readonly status: "CREATING" | "ACTIVE" | "DELETING" | "FAILED" | "UPDATING" | "PENDING";
  /** RFC 3339. */
  readonly createdAt: string;
  readonly version: string;
  readonly endpoint: string | null;
  /** PEM, base64; never cached, since EKS rotates it. */
  readonly certificateAuthority: string | null;
  readonly authenticationMode: "API" | "API_AND_CONFIG_MAP" | "CONFIG_MAP";
  readonly endpointPublicAccess: boolean;
  readonly endpointPrivateAccess: boolean;
  readonly publicAccessCidrs: readonly string[];
  readonly vpcId: string | null;
  readonly autoMode: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** EKS. Throttling and network faults throw RetryableError, a missing right TerminalError with the action and resource. */
export interface ClusterApi {
  /** Undefined only when EKS itself says that there is no such cluster. */
  describe(ref: ClusterRef): Promise<ClusterDescription | undefined>;
  /** All clusters of an account and region: the whole list or an error, never a part. */
  list(scope: { readonly account: string; readonly region: string }): Promise<readonly ClusterRef[]>;
  /** The access policies of `principalArn`'s entry; undefined when there is no entry. */
  accessPolicies(ref: ClusterRef, principalArn: string): Promise<readonly string[] | undefined>;
  /** Makes the entry and associates the policy; both idempotent. EKS needs some seconds to honour it. */
  grantAccess(ref: ClusterRef, principalArn: string, policyArn: string): Promise<void>;
}

export interface KubeRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly unknown[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface ProxyRequest {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  /** With query string, beginning with `/`. */
  readonly path: string;
}

/**
 * One cluster's Kubernetes API. Errors: RetryableError with reason `unreachable`, `throttled`, `server-error`, and
 * `not-found` when what is applied lacks its namespace or its definition;
 * TerminalError with reason `unauthorized` (401), `forbidden` (403), `invalid` (400, 422); ConflictError (409) with
 * reason `field-conflict` naming the managers that own the fields, or `conflict` for another uid or revision.
 */
export interface KubeApi {
  version(): Promise<{ readonly gitVersion: string }>;
  /** Server-side apply under field manager `musterbook`, never by force. */
  apply(object: KubeObject): Promise<KubeObject>;
  get(ref: KubeRef): Promise<KubeObject | undefined>;
  /** The whole list, over all pages. A kind that the server does not know is an empty list. */
  list(of: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly labelSelector?: string;
  }): Promise<readonly KubeObject[]>;
  /** `uid` guards against deleting a namesake made meanwhile. */
  delete(ref: KubeRef, options?: { readonly uid?: string }): Promise<"deleted" | "absent">;
  /** GET through the API server's service proxy; the service's own status is returned, not thrown. */
  proxyGet(request: ProxyRequest): Promise<{ readonly status: number; readonly body: string }>;
}

export type ReleaseStatus =
  | "deployed"
  | "failed"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback"
  | "uninstalling"
  | "uninstalled"
  | "superseded"
  | "unknown";

/** One revision of a release, as its Secret's labels tell. */
export interface ReleaseRevision {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** All labels of the release Secret, helm's own (`owner`, `name`, `status`, `version`, `modifiedAt`) and ours. */
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339: when this revision was last written. */
  readonly modifiedAt: string;
}

export interface UpgradeRequest {
  readonly release: string;
  readonly namespace: string;
  readonly chart: ChartRef;
  readonly values: Readonly<Record<string, unknown>>;
  /** Ours, put on the release Secret. */
  readonly labels: Readonly<Record<string, string>>;
  /** helm gets SIGTERM this long before, and its own `--timeout` well below it. */
  readonly deadline: Date;
}

/** A chart on disk, verified against `charts/charts.json`. */
export interface ChartRef {
  readonly name: string;
  readonly version: string;
  /** Of the packed chart. */
  readonly digest: string;
  /** The packed chart or its folder. */
  readonly path: string;
  /** Whether this is the stand-in chart and not the one that charts.json names. */
  readonly standIn: boolean;
  /** Text of the list of value keys that the chart knows, where we have one: helm itself reports no unknown key. */
  readonly valueKeys?: string;
}

/** helm on one cluster. Failures throw: RetryableError `helm-interrupted`, `helm-busy` (pending-*); TerminalError `helm-failed`, `helm-foreign-object` with helm's words. */
export interface Helm {
  /** Every revision of a release, newest first; empty when there is none. */
  revisions(release: string, namespace: string): Promise<readonly ReleaseRevision[]>;
  /** `helm upgrade --install --skip-crds --history-max 3`, without `--wait`. */
  upgrade(request: UpgradeRequest): Promise<void>;
  rollback(release: string, namespace: string, revision: number, deadline: Date): Promise<void>;
  /** Deletes the record of a revision that never finished (`pending-*` with nothing ever deployed before it); else TerminalError `helm-failed`. */
  forget(revision: ReleaseRevision): Promise<void>;
  uninstall(release: string, namespace: string, deadline: Date): Promise<void>;
  /** Custom resource definitions of the chart, from its `crds/` folders. */
  crds(chart: ChartRef): Promise<readonly KubeObject[]>;
}

/** Connects to a cluster: a token is minted per connection and stored nowhere. */
export interface Connector {
  connect(cluster: ClusterDescription): Promise<{ readonly kube: KubeApi; readonly helm: Helm }>;
}

export interface DnsRecord {
  /** Without trailing dot. */
  readonly name: string;
  /** What the name points to, a load balancer's name. */
  readonly target: string;
  /** The cluster ARN of the ownership marker; null when the record carries none: it is not ours. */
  readonly owner: string | null;
}

/** The private zone. Only records with our marker are ever changed or removed. */
export interface Dns {
  find(name: string): Promise<DnsRecord | undefined>;
  /** Writes record and marker in one atomic change. TerminalError `dns-foreign-record` when the name belongs to somebody else. Returns the change id. */
  upsert(record: DnsRecord & { readonly owner: string }): Promise<string>;
  /** Removes record and marker if both are as given; absent is fine. */
  remove(record: DnsRecord & { readonly owner: string }): Promise<void>;
  changeStatus(changeId: string): Promise<"PENDING" | "INSYNC" | "unknown">;
}

/** What the blocks side knows of a cluster's uploads. */
export interface Uploads {
  /** Newest in-order `maxTime` (ms) over the streams whose labels include all of `labels`; undefined when there is no such stream. */
  newestMaxTime(labels: Readonly<Record<string, string>>): Promise<number | undefined>;
}

/** Everything that a look at one cluster needs. */
export interface OnboardPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly clusters: ClusterApi;
  readonly connector: Connector;
  readonly dns: Dns;
  readonly storeList: StoreList;
  readonly uploads: Uploads;
  /** The chart of a profile, verified. */
  readonly chart: (name: "kube-prometheus-stack") => Promise<ChartRef>;
}
