import type { FleetConfig } from "#config/fleet-config";
import type { ClusterRef } from "#fleet/cluster";
import { OWNER, OWNER_LABEL, type ReleaseName, VALUES_LABEL } from "#onboard/ownership";
import type { ChartRef, ClusterDescription, KubeRef } from "#onboard/ports";

export type Labels = Readonly<Record<string, string>>;

/** The release that a managed cluster should have. */
export interface DesiredRelease {
  readonly chart: ChartRef;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of values and chart; also among `labels`. */
  readonly valuesHash: string;
  /** Every label set of the leaf's endpoint holds these, besides the replica's. */
  readonly externalLabels: Labels;
  /** For the release's Secret: whose it is and what it was made of. */
  readonly labels: Labels;
}

export function desiredRelease(description: ClusterDescription, chart: ChartRef, config: FleetConfig): DesiredRelease {
  const { ref, tags } = description;
  void [ref, tags, config];
  const values = {};
  const valuesHash = "todo";
  const labels = { [OWNER_LABEL]: OWNER, [VALUES_LABEL]: valuesHash };
  return { chart, values, valuesHash, externalLabels: knownLabels(ref), labels };
}

export function releaseNameOf({ leaf }: FleetConfig): ReleaseName {
  return { name: leaf.release, namespace: leaf.namespace };
}

/** The Service whose load balancer exposes the StoreAPI, ours or in mode `register` somebody else's. */
export function endpointServiceOf({ leaf }: FleetConfig): KubeRef {
  return { apiVersion: "v1", kind: "Service", namespace: leaf.namespace, name: leaf.endpointService };
}

/** What of the release has to run before the endpoint is worth a name. */
export function workloadsOf({ leaf }: FleetConfig): readonly KubeRef[] {
  const { namespace } = leaf;
  return [
    { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", namespace, name: leaf.release },
    { apiVersion: "apps/v1", kind: "Deployment", namespace, name: leaf.endpointService },
  ];
}

/** The external labels that are known for sure in every mode: whatever else somebody else's Prometheus carries is theirs. */
export function knownLabels(ref: ClusterRef): Labels {
  return { cluster: ref.name };
}
