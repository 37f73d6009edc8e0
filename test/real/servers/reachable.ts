import { join } from "node:path";
import { callApi } from "#test/real/servers/api";
import type { RealCluster } from "#test/real/servers/cluster";
import { connectProxy } from "#test/real/servers/tunnel";

/**
 * The address under which a kube-apiserver of ours reaches what listens on loopback, port for port. Endpoints must not
 * carry a loopback address; this one exists nowhere but in the API server's way out (`startWayOut`).
 */
export const POD_ADDRESS = "10.0.0.1";

/** What an API server dials goes through an HTTP CONNECT proxy, as on clusters whose control plane stands outside their network. */
export interface WayOut {
  /** EgressSelectorConfiguration for `--egress-selector-config-file`. JSON is YAML. */
  readonly config: string;
  close(): Promise<void>;
}

/** Leads POD_ADDRESS to loopback and nothing else anywhere. It listens on a socket in `folder`. */
export async function startWayOut(folder: string): Promise<WayOut> {
  const socketFile = join(folder, "egress.sock");
  const server = connectProxy((hostname, port) => (hostname === POD_ADDRESS ? port : undefined));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketFile, resolve);
  });
  return {
    config: JSON.stringify({
      apiVersion: "apiserver.k8s.io/v1beta1",
      kind: "EgressSelectorConfiguration",
      egressSelections: [
        {
          name: "cluster",
          connection: { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: socketFile } } },
        },
      ],
    }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface Reachable {
  readonly namespace: string;
  readonly service: string;
  /** Of the Service. */
  readonly port: number;
  /** Where it listens on loopback. */
  readonly backendPort: number;
}

/**
 * Puts what listens on loopback behind a Service, for the API server's service proxy. That goes by Endpoints, not by
 * EndpointSlices, and only to addresses of pods that it knows (pkg/registry/core/service/storage/storage.go of
 * Kubernetes 1.36, `ResourceLocation`): so there is a Pod with this address, which nobody runs.
 */
export async function serveOn(
  cluster: Pick<RealCluster, "server" | "certificateAuthority" | "adminToken">,
  { namespace, service: name, port, backendPort }: Reachable,
): Promise<void> {
  const targetRef = { kind: "Pod", namespace, name };
  const spec = { containers: [{ name: "backend", image: "none.invalid/backend" }] };
  const status = { phase: "Running", podIP: POD_ADDRESS, podIPs: [{ ip: POD_ADDRESS }] };
  const subsets = [{ addresses: [{ ip: POD_ADDRESS, targetRef }], ports: [{ port: backendPort }] }];
  await apply("services", name, { kind: "Service", spec: { ports: [{ port }] } });
  await apply("pods", name, { kind: "Pod", spec });
  await apply("pods", `${name}/status`, { kind: "Pod", status });
  await apply("endpoints", name, { kind: "Endpoints", subsets });

  async function apply(plural: string, path: string, object: object): Promise<void> {
    const reply = await callApi({
      url: `${cluster.server}/api/v1/namespaces/${namespace}/${plural}/${path}?fieldManager=nodes&force=true`,
      certificateAuthority: cluster.certificateAuthority,
      token: cluster.adminToken,
      method: "PATCH",
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify({ apiVersion: "v1", metadata: { namespace, name }, ...object }),
    });
    if (reply.status >= 300) throw new Error(`${plural}/${path} is refused: ${reply.body.toString()}`);
  }
}
