import { program } from "#test/real/programs/provision";
import { answers, freePorts, type Server, startServer } from "#test/real/servers/process";

export interface Querier extends Server {
  readonly httpPort: number;
  /** Of its own StoreAPI, on loopback. */
  readonly grpcPort: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
}

export interface QuerierOptions {
  /** What it asks and how; its addresses are set here. */
  readonly flags: readonly string[];
  /** URL of an HTTP CONNECT proxy through which it opens its connections, names and all. */
  readonly proxy?: string;
}

/** `thanos query`. Without flags it knows no store. */
export async function startQuerier({ flags, proxy }: QuerierOptions): Promise<Querier> {
  const [httpPort = 0, grpcPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${httpPort}`;
  const server = await startServer({
    name: "thanos-query",
    command: await program("thanos"),
    args: ["query", `--http-address=127.0.0.1:${httpPort}`, `--grpc-address=127.0.0.1:${grpcPort}`, ...flags],
    env: proxy === undefined ? {} : { HTTPS_PROXY: proxy },
    ready: answers(`${url}/-/ready`),
  });
  return { ...server, httpPort, grpcPort, url };
}
