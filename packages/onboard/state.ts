import type { ClusterDescription } from "#onboard/ports";

/** What one look saw, layer by layer. A layer behind one that blocks is `unobserved`: nothing is concluded from it. */
export interface Observed {
  readonly cluster: ClusterState;
  readonly access: AccessState;
  readonly reach: ReachState;
  readonly crds: CrdsState;
  readonly release: ReleaseState;
  readonly ready: ReadyState;
  readonly dns: DnsState;
  readonly listing: ListingState;
  readonly proof: ProofState;
}

/** Not looked at, since an earlier layer blocks or the mode does not need it. */
export type Unobserved = { readonly status: "unobserved" };
export const UNOBSERVED: Unobserved = { status: "unobserved" };

/** Musterbook's role lacks a right in the cluster. */
export type Forbidden = { readonly status: "forbidden"; readonly message: string; readonly remedy: string };

/** What EKS says of the cluster. */
export type ClusterState =
  /** EKS itself says that there is no such cluster. */
  | { readonly status: "absent" }
  /** The control plane is being made. */
  | { readonly status: "creating"; readonly description: ClusterDescription }
  | { readonly status: "active"; readonly description: ClusterDescription }
  /** A change of the control plane is under way; its API goes on answering. */
  | { readonly status: "updating"; readonly description: ClusterDescription }
  /** DeleteCluster was called. */
  | { readonly status: "deleting"; readonly description: ClusterDescription }
  /** Creation or deletion ended in an error of EKS. */
  | { readonly status: "failed"; readonly description: ClusterDescription }
  /** EKS did not answer; nothing is known, least of all absence. */
  | {
      readonly status: "unobservable";
      readonly retryable: boolean;
      readonly reason: string;
      readonly message: string;
      readonly remedy: string;
    };

/** The access entry of Musterbook's role. */
export type AccessState =
  | Unobserved
  /** The entry has the cluster-admin policy. */
  | { readonly status: "granted" }
  /** There is no entry. */
  | { readonly status: "missing" }
  /** There is an entry, without the cluster-admin policy. */
  | { readonly status: "narrowed"; readonly policies: readonly string[] }
  /** The cluster knows the aws-auth ConfigMap only: entries cannot be made. */
  | { readonly status: "config-map-only" }
  /** EKS did not tell the entry's policies. */
  | { readonly status: "unreadable"; readonly retryable: boolean; readonly message: string; readonly remedy: string };

/** Whether the Kubernetes API answers us. */
export type ReachState =
  | Unobserved
  | { readonly status: "open"; readonly version: string }
  /** Public, for some CIDRs only, and it did not answer from here. */
  | { readonly status: "restricted"; readonly cidrs: readonly string[]; readonly message: string }
  /** Private only, and no reconciler of ours runs in its VPC. */
  | { readonly status: "private"; readonly vpcId: string | null }
  /** Another reconciler's to look at: the one in this VPC; null: the one that is in none. */
  | { readonly status: "elsewhere"; readonly vpc: string | null }
  /** No answer, for no reason that EKS tells. */
  | { readonly status: "unreachable"; readonly message: string }
  /** It answers and does not know our role (401). */
  | { readonly status: "unauthorized"; readonly message: string };

/** The custom resource definitions of the Prometheus operator. */
export type CrdsState =
  | Unobserved
  | Forbidden
  /** All there, at the version of our chart. */
  | { readonly status: "present"; readonly version: string }
  /** Some are not there. */
  | { readonly status: "missing"; readonly names: readonly string[] }
  /** All there, some not served yet: helm would not find their kinds. */
  | { readonly status: "settling"; readonly names: readonly string[] }
  /** All there, some of an older or an unnamed version. */
  | { readonly status: "older"; readonly found: string; readonly wanted: string }
  /** All there, of a newer version: an operator that somebody else put there. Left alone. */
  | { readonly status: "newer"; readonly found: string; readonly wanted: string };

/** The helm release with our name, or what stands in its place. */
export type ReleaseState =
  | Unobserved
  | Forbidden
  | { readonly status: "absent" }
  /** Deployed by us with the values and chart that are wanted now. */
  | { readonly status: "ours-current"; readonly revision: number }
  /** Deployed by us with other values or another chart; `found` and `wanted` are hashes. */
  | { readonly status: "ours-outdated"; readonly revision: number; readonly found: string; readonly wanted: string }
  /** As outdated or failed, and an upgrade would change external labels that nobody acknowledged: blocks that wait for upload would go to another stream. */
  | { readonly status: "ours-relabelling"; readonly revision: number; readonly from: string; readonly to: string }
  /** helm gave up on the newest revision. */
  | { readonly status: "ours-failed"; readonly revision: number }
  /** helm is at work, or was killed at it. */
  | {
      readonly status: "pending";
      readonly revision: number;
      readonly operation: string;
      readonly since: string;
      readonly lastDeployed: number | null;
    }
  /** Somebody runs, or ran, `helm uninstall`. */
  | { readonly status: "uninstalling"; readonly since: string }
  /** Somebody else's: never touched. */
  | { readonly status: "foreign"; readonly owner: string };

export interface Missing {
  /** Exactly what is not there yet. */
  readonly what: string;
  /** RFC 3339; null where Kubernetes does not tell. */
  readonly since: string | null;
}

/** Whether what was installed works. */
export type ReadyState =
  | Unobserved
  | Forbidden
  | { readonly status: "ready"; readonly loadBalancer: string }
  | { readonly status: "waiting"; readonly missing: readonly Missing[] };

/** The record of the endpoint's name. */
export type DnsState =
  | Unobserved
  /** Ours, right, and not known to be still on its way. */
  | { readonly status: "current" }
  | { readonly status: "missing" }
  /** Ours, pointing to another load balancer. */
  | { readonly status: "wrong"; readonly target: string }
  /** Ours and right, but of its change we know nothing, or Route53 nothing of the one that we noted. */
  | { readonly status: "unconfirmed"; readonly changeId: string | null }
  /** Written, not yet on all of Route53's servers. */
  | { readonly status: "pending-change"; readonly changeId: string }
  /** The name belongs to somebody else; `owner` null: it carries no marker. */
  | { readonly status: "foreign"; readonly owner: string | null };

/** The entry on the Querier's store list. */
export type ListingState =
  /** The record does not ask for one. */
  | { readonly status: "not-listed" }
  /** The record asks for it and the list does not hold it yet. */
  | { readonly status: "unpublished" }
  | { readonly status: "listed" };

export type RefusalReason =
  /** The observer's description or Kubernetes API is out of reach. */
  | "observer-unreachable"
  /** Our role may not use the service proxy on the observer. */
  | "proxy-forbidden"
  /** The service proxy finds no Querier that answers. */
  | "querier-unreachable"
  /** The Querier answers something that is not its API. */
  | "querier-bad-reply"
  /** The Querier does not know the address (yet). */
  | "not-in-stores"
  /** The Querier knows the address and cannot talk to it, or nothing is behind it. */
  | "store-error"
  /** The endpoint announces other labels than the cluster's. */
  | "labels-differ"
  /** The endpoint is there and `up` of this cluster is empty. */
  | "no-up-series";

/** Whether the central Querier sees the cluster. */
export type ProofState =
  | Unobserved
  | { readonly status: "proven"; readonly evidence: string }
  | { readonly status: "refused"; readonly reason: RefusalReason; readonly message: string; readonly remedy: string };
