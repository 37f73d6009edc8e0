import * as v from "valibot";
import { OBSERVER } from "#cli/demo/fleet";
import type { Stage } from "#cli/stage/stage";
import { parseWith } from "#config/schema";
import { parseClusterArn } from "#fleet/cluster";
import { directKube } from "#local/kubernetes/direct";
import { type LeafInfo, localQuerier } from "#local/querier";
import { endpointOf } from "#onboard/endpoint";
import { parseEndpoints } from "#stores/endpoints-yaml";

const Endpoints = v.object({ data: v.object({ "endpoints.yaml": v.string() }) });
const Prometheus = v.object({
  spec: v.object({ replicas: v.optional(v.number(), 1), externalLabels: v.record(v.string(), v.string()) }),
});
const Deployment = v.object({ status: v.object({ availableReplicas: v.pipe(v.number(), v.minValue(1)) }) });

/** Puts a central Querier on the observer: it reads the ConfigMap that Musterbook writes, and asks the leaves that it names. */
export function serveQuerier(stage: Stage): void {
  const { observer } = stage.ports.config;
  const cluster = stage.fleet.cluster(OBSERVER.arn);
  const kube = directKube(cluster);
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace: observer.namespace,
    name: observer.endpointsConfigMap,
  };
  const addresses = async (): Promise<readonly string[]> => {
    const found = parseWith(Endpoints, await kube.get(configMap));
    const endpoints = found.ok ? parseEndpoints(found.value.data["endpoints.yaml"]) : found;
    return endpoints.ok ? endpoints.value.map(({ address }) => address) : [];
  };
  const querier = localQuerier({ addresses, leaf: (address) => leafAt(stage, address), now: () => stage.clock.now() });
  cluster.serve(
    { namespace: observer.namespace, service: observer.querier.service, port: observer.querier.port },
    querier,
  );
}

/** A leaf answers when its name leads somewhere and its leaf Querier runs. */
async function leafAt({ ports, fleet }: Stage, address: string): Promise<LeafInfo | undefined> {
  const { config } = ports;
  const records = await ports.registry.all();
  const ref = records
    .map(({ arn }) => parseClusterArn(arn))
    .find((one) => one && endpointOf(one, config).address === address);
  if (ref === undefined || (await ports.dns.find(endpointOf(ref, config).host)) === undefined) return undefined;
  const kube = directKube(fleet.cluster(ref.arn));
  const { namespace, release, endpointService } = config.leaf;
  const query = await kube.get({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: endpointService });
  const prometheus = await kube.get({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "Prometheus",
    namespace,
    name: release,
  });
  const parsed = parseWith(Prometheus, prometheus);
  if (!parsed.ok || !parseWith(Deployment, query).ok) return undefined;
  const { replicas, externalLabels } = parsed.value.spec;
  const labelSets = Array.from({ length: replicas }, (_, at) => ({
    ...externalLabels,
    prometheus_replica: `prometheus-${release}-${at}`,
  }));
  return { labelSets };
}
