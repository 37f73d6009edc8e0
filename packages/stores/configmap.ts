import type { FleetConfig } from "#config/fleet-config";
import type { StoreListState } from "#stores/store-list";

/**
 * The ConfigMap that the observer's Querier reads, for a server-side apply of its one key. It must exist before the
 * Querier starts, which exits without it (helm-and-thanos 3.2, trap 5).
 */
export function endpointsConfigMap(observer: FleetConfig["observer"], state: StoreListState) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: observer.endpointsConfigMap,
      namespace: observer.namespace,
      labels: { "app.kubernetes.io/managed-by": "musterbook" },
    },
    data: { "endpoints.yaml": state.yaml },
  };
}
