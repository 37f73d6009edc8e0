import type { FleetConfig } from "#config/fleet-config";
import { parseClusterArn } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
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

/** Writes one object of ours on the observer, unless it is there as it should be already. */
export async function applyToObserver(
  ports: ObserverPorts,
  object: KubeObject & { readonly data: unknown },
): Promise<void> {
  const kube = await connectObserver(ports);
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const found = await kube.get({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
  if (JSON.stringify(found?.data) === JSON.stringify(object.data)) return;
  await kube.apply(object);
}
