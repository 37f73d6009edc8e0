import { program } from "#test/real/programs/provision";
import { answers, freePorts, type Server, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

/** An etcd of one member on loopback that does not wait for its disk. */
export interface Etcd extends Server {
  /** `http://127.0.0.1:<port>`; serves gRPC and, under `/v3`, JSON. */
  readonly url: string;
}

export async function startEtcd(): Promise<Etcd> {
  const [client = 0, peer = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const server = await startServer({
    name: "etcd",
    command: await program("etcd"),
    args: [
      `--data-dir=${await scratchFolder()}`,
      "--unsafe-no-fsync",
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      "--log-level=warn",
    ],
    ready: answers(`${url}/readyz`),
  });
  return { ...server, url };
}
