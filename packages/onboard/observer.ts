import type { FleetConfig } from "#config/fleet-config";
import { parseClusterArn } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import type { ClusterApi, Connector, KubeObject } from "#onboard/ports";
import type { StoreListState } from "#stores/store-list";

const KEY = "endpoints.yaml";

export interface ObserverPorts {
  readonly clusters: Pick<ClusterApi, "describe">;
  readonly connector: Connector;
  readonly config: Pick<FleetConfig, "observer">;
}

/**
 * Brings the ConfigMap that the central Querier reads to the list: one key, server-side, never by force; nothing is
 * written where it holds the list already. Throws TerminalError `observer-absent`, and what the observer's API throws.
 */
export async function applyToObserver(
  ports: ObserverPorts,
  { yaml }: StoreListState,
): Promise<"applied" | "unchanged"> {
  const { cluster, namespace, endpointsConfigMap: name } = ports.config.observer;
  const ref = parseClusterArn(cluster);
  const description = ref === undefined ? undefined : await ports.clusters.describe(ref);
  if (description === undefined) {
    throw new TerminalError(`EKS knows no observer cluster ${cluster}`, {
      reason: "observer-absent",
      remedy: "correct observer.cluster in fleet.config.ts",
      field: "observer.cluster",
      value: cluster,
    });
  }
  const { kube } = await ports.connector.connect(description);
  const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name });
  if (found !== undefined && dataOf(found)[KEY] === yaml) return "unchanged";
  await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace, name }, data: { [KEY]: yaml } });
  return "applied";
}

function dataOf(configMap: KubeObject): Readonly<Record<string, unknown>> {
  const { data } = configMap;
  return typeof data === "object" && data !== null ? { ...data } : {};
}
