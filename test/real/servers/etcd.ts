import * as v from "valibot";
import { program } from "#test/real/programs/provision";
import { answers, freePorts, type Server, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

/** An etcd of one member on loopback that does not wait for its disk. */
export interface Etcd extends Server {
  /** `http://127.0.0.1:<port>`; serves gRPC and, under `/v3`, JSON. */
  readonly url: string;
  /** Compacts all of its history, so that lists and watches which began earlier cannot go on. */
  forget(): Promise<void>;
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
  return { ...server, url, forget: () => forget(url) };
}

const Written = v.object({ header: v.object({ revision: v.string() }) });

/** The newest revision is always kept: so one more is made before. */
async function forget(url: string): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const written = await ask("put", { key: base64("/forgotten"), value: base64("all before") });
  const { revision } = v.parse(Written, written).header;
  await ask("compaction", { revision, physical: true });

  async function ask(what: string, body: object): Promise<unknown> {
    const reply = await fetch(`${url}/v3/kv/${what}`, { method: "POST", body: JSON.stringify(body) });
    if (!reply.ok) throw new Error(`etcd refuses ${what}: ${await reply.text()}`);
    return reply.json();
  }
}
