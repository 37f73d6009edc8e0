import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface SlackBehaviour {
  readonly status: number;
  /** Slack's word for it, such as `ok` or `no_service`. */
  readonly answer: string;
  readonly delayMs: number;
}

/** Slack's incoming webhook on loopback. */
export interface SlackOnLoopback {
  readonly url: string;
  /** Bodies that it took, as they came. */
  readonly posts: readonly string[];
  /** How it answers from now on. */
  behave(change: Partial<SlackBehaviour>): void;
  close(): void;
}

export async function startSlack(): Promise<SlackOnLoopback> {
  const posts: string[] = [];
  let behaviour: SlackBehaviour = { status: 200, answer: "ok", delayMs: 0 };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { status, answer, delayMs } = behaviour;
    await sleep(delayMs);
    if (status === 200) posts.push(body);
    response.writeHead(status).end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  const url = `http://127.0.0.1:${address.port}/services/T0/B0/secret`;
  return {
    url,
    posts,
    behave: (change) => {
      behaviour = { ...behaviour, ...change };
    },
    close: () => void server.close(),
  };
}
