import type { EmbeddedCluster } from "#local/kubernetes/cluster";

export interface KubernetesServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an embedded cluster over HTTP. */
export function serveKubernetes(
  cluster: EmbeddedCluster,
  at: { readonly host: string; readonly port: number },
): Promise<KubernetesServer> {
  return Promise.reject(new Error(`not served yet: ${cluster.name} on ${at.host}`));
}
