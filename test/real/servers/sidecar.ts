import { program } from "#test/real/programs/provision";
import { answers, freePorts, type Server, startServer } from "#test/real/servers/process";
import type { Prometheus } from "#test/real/servers/prometheus";
import { serverTlsFlags, type TlsFiles } from "#test/real/servers/tls-files";

export interface Sidecar extends Server {
  /** Of its StoreAPI, on loopback. */
  readonly grpcPort: number;
  /** `http://127.0.0.1:<port>`: metrics and readiness. */
  readonly url: string;
}

export interface SidecarOptions {
  readonly prometheus: Prometheus;
  /** With them its StoreAPI wants certificates of its clients. */
  readonly tls?: TlsFiles;
  readonly flags?: readonly string[];
}

export async function startSidecar({ prometheus, tls, flags = [] }: SidecarOptions): Promise<Sidecar> {
  const [grpcPort = 0, httpPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${httpPort}`;
  const server = await startServer({
    name: "thanos-sidecar",
    command: await program("thanos"),
    args: [
      "sidecar",
      `--prometheus.url=${prometheus.url}`,
      `--tsdb.path=${prometheus.data}`,
      `--grpc-address=127.0.0.1:${grpcPort}`,
      `--http-address=127.0.0.1:${httpPort}`,
      ...(tls === undefined ? [] : serverTlsFlags(tls)),
      ...flags,
    ],
    ready: answers(`${url}/-/ready`),
  });
  return { ...server, grpcPort, url };
}
