import type { FleetConfig } from "#config/fleet-config";
import type { ClusterRef } from "#fleet/cluster";

/** Where the leaf Querier speaks gRPC. */
const GRPC_PORT = 10901;
/** RFC 1035: the longest label of a name. */
const LABEL_MAX = 63;

export interface EndpointName {
  /** Without trailing dot. */
  readonly host: string;
  /** `host:port`. */
  readonly address: string;
}

/**
 * The name of a cluster's endpoint, `thanos.<cluster>.<zone>`. EKS allows letters in a cluster's name that DNS does not:
 * they are folded. Clusters that fold to one name are told apart by the owner marker: the second is refused.
 */
export function endpointOf(ref: ClusterRef, config: Pick<FleetConfig, "zone">): EndpointName {
  const label = ref.name.toLowerCase().replaceAll("_", "-").slice(0, LABEL_MAX).replace(/-+$/, "");
  const host = `thanos.${label}.${config.zone}`;
  return { host, address: `${host}:${GRPC_PORT}` };
}
