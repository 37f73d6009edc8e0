import type { FleetConfig } from "#config/fleet-config";
import { parseClusterArn } from "#fleet/cluster";
import { ConflictError, TerminalError } from "#fleet/errors";
import { hasOwner } from "#onboard/ownership";
import type { ClusterApi, Connector, KubeApi, KubeObject, KubeRef } from "#onboard/ports";

export interface ObserverPorts {
  readonly clusters: Pick<ClusterApi, "describe">;
  readonly connector: Connector;
  readonly config: Pick<FleetConfig, "observer">;
}

/** The Kubernetes API of the cluster with the central Querier. TerminalError `no-observer` when EKS knows no such cluster. */
export async function connectObserver({ clusters, connector, config }: ObserverPorts): Promise<KubeApi> {
  const arn = config.observer.cluster;
  const ref = parseClusterArn(arn);
  const description = ref === undefined ? undefined : await clusters.describe(ref);
  if (description === undefined) {
    throw new TerminalError(`EKS knows no cluster ${arn}`, {
      reason: "no-observer",
      field: "observer.cluster",
      value: arn,
      remedy: `Set observer.cluster in fleet.config.ts to the cluster of the central Querier, and check Musterbook's rights there.`,
    });
  }
  return (await connector.connect(description)).kube;
}

/** One object on the observer. */
export async function findOnObserver(ports: ObserverPorts, ref: KubeRef): Promise<KubeObject | undefined> {
  return await (await connectObserver(ports)).get(ref);
}

/**
 * Writes one object of ours on the observer, unless it is there as it should be already. One that somebody made or
 * emptied by hand (`isPlaceholder`) is replaced: its fields are theirs and are never taken by force. What a tool
 * manages stays, as the ConflictError `field-conflict` says: it would only be made again.
 */
export async function applyToObserver(
  ports: ObserverPorts,
  object: KubeObject & { readonly data: unknown },
  isPlaceholder: (found: KubeObject) => boolean,
): Promise<void> {
  const kube = await connectObserver(ports);
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const ref = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const found = await kube.get(ref);
  if (JSON.stringify(found?.data) === JSON.stringify(object.data)) return;
  try {
    await kube.apply(object);
  } catch (error) {
    const isConflict = error instanceof ConflictError && error.reason === "field-conflict";
    if (!isConflict || found === undefined || hasOwner(found) || !isPlaceholder(found)) throw error;
    const { uid } = found.metadata;
    await kube.delete(ref, uid === undefined ? {} : { uid });
    await kube.apply(object);
  }
}
