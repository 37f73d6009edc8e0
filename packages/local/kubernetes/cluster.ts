import { createHash } from "node:crypto";
import { type Clock, systemClock } from "#fleet/clock";
import type { Backend, Behaviour, EmbeddedCluster, ServiceRef } from "#local/kubernetes/embedded-cluster";
import { kindIndex } from "#local/kubernetes/kind-index";
import { resourceOf } from "#local/kubernetes/kinds";
import { settling } from "#local/kubernetes/settling";
import { type KubeStorage, type ObjectStore, objectStore, type StoreEvent } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

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
