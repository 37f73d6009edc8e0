import type { EmbeddedCluster, ServiceAnswer, ServiceRef } from "#local/kubernetes/embedded-cluster";
import { KubeFailure, notFound } from "#local/kubernetes/failure";
import { findObject } from "#local/kubernetes/reads";

/** GET through the service proxy. KubeFailure 503 when nothing stands behind the Service, 404 when there is none. */
export async function proxied(
  cluster: EmbeddedCluster,
  service: Required<ServiceRef>,
  path: string,
): Promise<ServiceAnswer> {
  const backend = cluster.backend(service);
  if (backend !== undefined) return backend(path);
  const kind = cluster.kinds.require("v1", "Service");
  const { namespace, service: name } = service;
  if (findObject(cluster, { kind, namespace, name }) === undefined) throw notFound(kind, name);
  throw new KubeFailure(503, "ServiceUnavailable", `no endpoints available for service ${JSON.stringify(name)}`);
}
