import type { Clock } from "#fleet/clock";
import type { KindIndex } from "#local/kubernetes/kind-index";
import type { ObjectStore, StoreEvent } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

/** Somebody who may do what roles of the cluster grant him. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** How the cluster behaves from now on; every switch can be turned while it runs. */
export interface Behaviour {
  /** Real milliseconds that each HTTP answer takes; the in-process port does not wait. */
  readonly latencyMs: number;
  /** What every request gets instead of an answer; null for an answer. */
  readonly refuse: null | "unauthorized" | "forbidden" | "unavailable" | "throttled" | "unreachable";
  readonly workloads: "ready" | "never";
  readonly jobs: "complete" | "hang";
  readonly loadBalancers: "assign" | "never";
  /** Milliseconds by the cluster's clock from an object's creation until its controller has acted. */
  readonly settleMs: number;
}

export interface ServiceRef {
  readonly namespace: string;
  readonly service: string;
  /** Every port when absent. */
  readonly port?: number;
}

/** What answers behind a Service; `path` comes with its query string. */
export type Backend = (path: string) => ServiceAnswer | Promise<ServiceAnswer>;

export interface ServiceAnswer {
  readonly status: number;
  readonly body: string;
}

/** A Kubernetes cluster in memory: its objects, the controllers that act on them, and nothing that runs by itself. */
export interface EmbeddedCluster {
  readonly name: string;
  readonly region: string;
  readonly clock: Clock;
  readonly behaviour: Behaviour;
  /** Bearer tokens that are accepted over HTTP; any, and none, when undefined. */
  tokens: ReadonlySet<string> | undefined;
  /** Those who may do only what roles grant them, by their bearer tokens. */
  users: ReadonlyMap<string, User>;
  behave(change: Partial<Behaviour>): void;
  /** Puts a backend behind a Service, for the API server's service proxy. */
  serve(service: ServiceRef, backend: Backend): void;
  backend(service: Required<ServiceRef>): Backend | undefined;
  /** Calls `listener` after every write through the API, not after those of controllers. Returns how to stop it. */
  onWrite(listener: (event: StoreEvent) => void): () => void;
  /** Stores an object as it is, status included: nodes, storage classes and what else nobody applies. */
  put(object: KubeObject): KubeObject;
  readonly store: ObjectStore;
  readonly kinds: KindIndex;
  /** Lets the controllers act on what has come due. */
  settle(): void;
  /** Runs a write of the API, so that `onWrite` hears of it. */
  asWrite<T>(write: () => T): T;
}
