import { randomUUID } from "node:crypto";
import { createClusterEvent } from "#cli/demo/events";
import { CLUSTERS, OBSERVER } from "#cli/demo/fleet";
import { serveQuerier } from "#cli/demo/observer";
import type { Stage } from "#cli/stage/stage";
import { directKube } from "#local/kubernetes/direct";

/** The part of the world that Musterbook finds: an observer with a Querier, and clusters with their own ways. */
export async function prepareWorld(stage: Stage): Promise<void> {
  const { eks, fleet } = stage;
  if ((await eks.describe(OBSERVER)) === undefined) eks.create(OBSERVER);
  const namespace = { apiVersion: "v1", kind: "Namespace", name: stage.ports.config.observer.namespace };
  const observer = fleet.cluster(OBSERVER.arn);
  if ((await directKube(observer).get(namespace)) === undefined) {
    observer.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace.name } });
  }
  serveQuerier(stage);
  for (const { ref, loadBalancers } of CLUSTERS) fleet.cluster(ref.arn).behave({ loadBalancers });
}

/** Creates the clusters that are not there yet, as a person would with EKS; each call becomes an event. Returns their names. */
export async function createClusters({ eks, runtime, clock }: Stage): Promise<readonly string[]> {
  const created: string[] = [];
  for (const { ref, given } of CLUSTERS) {
    if ((await eks.describe(ref)) !== undefined) continue;
    eks.create(ref, given);
    await runtime.serviceEvent(createClusterEvent(ref, clock.now(), randomUUID()));
    created.push(ref.name);
  }
  return created;
}
