import { once } from "node:events";
import type { Dns } from "#onboard/ports";
import { connectProxy } from "#test/real/servers/tunnel";

/** Port of the load balancers, as of a leaf's Service. */
const GRPC_PORT = 10901;

/**
 * The private zone and the load balancers behind its names, as a Querier finds them: it asks for a name, gets a TCP
 * connection to the leaf, and TLS is between the two. What this leaves out is the Querier's own resolver (its caches, and
 * that it resolves again after a failure), since a proxy resolves for it.
 */
export interface Names {
  /** URL of the HTTP CONNECT proxy. */
  readonly proxy: string;
  /** Lets a load balancer lead to a port on loopback. */
  lead(loadBalancer: string, port: number): void;
  close(): void;
}

export async function startNames(dns: Pick<Dns, "find">): Promise<Names> {
  const ports = new Map<string, number>();
  const server = connectProxy(async (name, port) => {
    const record = port === GRPC_PORT ? await dns.find(name) : undefined;
    return record && ports.get(record.target);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return {
    proxy: `http://127.0.0.1:${address.port}`,
    lead: (loadBalancer, port) => void ports.set(loadBalancer, port),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
