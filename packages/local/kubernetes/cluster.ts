import { createHash } from "node:crypto";
import { type Clock, systemClock } from "#fleet/clock";
import type { User } from "#local/kubernetes/authorization";
import { type KindIndex, kindIndex } from "#local/kubernetes/kind-index";
import { resourceOf } from "#local/kubernetes/kinds";
import { settling } from "#local/kubernetes/settling";
import { type KubeStorage, type ObjectStore, objectStore, type StoreEvent } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

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

export interface EmbeddedClusterOptions {
  readonly name: string;
  /** Part of the names of load balancers. */
  readonly region?: string;
  readonly clock?: Clock;
  readonly storage?: KubeStorage;
}

const WELL_BEHAVED: Behaviour = {
  latencyMs: 0,
  refuse: null,
  workloads: "ready",
  jobs: "complete",
  loadBalancers: "assign",
  settleMs: 0,
};

const FIRST_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

export function createEmbeddedCluster(options: EmbeddedClusterOptions): EmbeddedCluster {
  const { name, region = "eu-west-1", clock = systemClock, storage } = options;
  const store = objectStore(storage);
  const kinds = kindIndex(store);
  const controllers = settling(store);
  let behaviour = WELL_BEHAVED;

  const cluster: EmbeddedCluster = {
    name,
    region,
    clock,
    store,
    kinds,
    tokens: undefined,
    users: new Map(),
    get behaviour() {
      return behaviour;
    },
    behave(change) {
      behaviour = { ...behaviour, ...change };
      controllers.reconsider();
    },
    ...serviceBackends(),
    ...writeListeners(store),
    put: (object) => store.put(resourceOf(kinds.require(object.apiVersion, object.kind)), completed(cluster, object)),
    settle: () => controllers.settle(cluster),
  };
  seed(cluster);
  controllers.reconsider();
  return cluster;
}

function serviceBackends(): Pick<EmbeddedCluster, "serve" | "backend"> {
  const backends = new Map<string, Backend>();
  const keyOf = ({ namespace, service }: ServiceRef, port: number | undefined) =>
    `${namespace}/${service}:${port ?? "*"}`;
  return {
    serve: (service, backend) => void backends.set(keyOf(service, service.port), backend),
    backend: (service) => backends.get(keyOf(service, service.port)) ?? backends.get(keyOf(service, undefined)),
  };
}

function writeListeners(store: ObjectStore): Pick<EmbeddedCluster, "onWrite" | "asWrite"> {
  const listeners = new Set<(event: StoreEvent) => void>();
  let writing = false;
  store.subscribe((event) => {
    if (writing) for (const listener of listeners) listener(event);
  });
  return {
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    asWrite(write) {
      writing = true;
      try {
        return write();
      } finally {
        writing = false;
      }
    },
  };
}

function seed(cluster: EmbeddedCluster): void {
  for (const resource of cluster.store.resources()) {
    for (const object of cluster.store.list(resource)) cluster.kinds.notice(resource, object);
  }
  for (const name of FIRST_NAMESPACES) {
    if (cluster.store.get("/namespaces", undefined, name) !== undefined) continue;
    cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name }, status: { phase: "Active" } });
  }
}

/** The object with the metadata that a server gives: uid and time of creation. */
export function completed(cluster: EmbeddedCluster, object: KubeObject): KubeObject {
  const { uid = freshUid(cluster), creationTimestamp = timestamp(cluster.clock) } = object.metadata;
  return { ...object, metadata: { ...object.metadata, uid, creationTimestamp } };
}

/** Follows from what happened before, so that a run can be repeated. */
function freshUid(cluster: EmbeddedCluster): string {
  const seed = `${cluster.name}/${cluster.store.revision()}/${cluster.clock.now().getTime()}`;
  const hex = createHash("sha256").update(seed).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Now, in the whole seconds of Kubernetes. */
export function timestamp(clock: Clock): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, "Z");
}
