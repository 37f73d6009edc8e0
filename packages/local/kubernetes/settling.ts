import { isControlled, settled } from "#local/kubernetes/controllers";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import type { ObjectStore } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

/** The objects that a controller has not acted on since they changed. */
export interface Settling {
  /** Lets every controller look at all of its objects again. */
  reconsider(): void;
  /** Writes what the controllers of `cluster` have to say by now. */
  settle(cluster: EmbeddedCluster): void;
}

export function settling(store: ObjectStore): Settling {
  const waiting = new Map<string, { readonly resource: string; readonly object: KubeObject }>();

  function notice(resource: string, object: KubeObject): void {
    if (isControlled(resource)) waiting.set(keyOf(resource, object), { resource, object });
  }

  store.subscribe(({ type, resource, object }) => {
    if (type === "DELETED") waiting.delete(keyOf(resource, object));
    else notice(resource, object);
  });

  return {
    reconsider() {
      for (const resource of store.resources()) {
        if (isControlled(resource)) for (const object of store.list(resource)) notice(resource, object);
      }
    },
    settle(cluster) {
      for (const [key, { resource, object: seen }] of waiting) {
        const object = store.get(resource, seen.metadata.namespace, seen.metadata.name);
        const next = object === undefined ? "done" : settled(cluster, resource, object);
        if (next === "wait") continue;
        if (next !== "done") store.put(resource, next);
        waiting.delete(key);
      }
    },
  };
}

function keyOf(resource: string, object: KubeObject): string {
  return `${resource}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
