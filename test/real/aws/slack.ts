import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** Slack's incoming webhook on loopback. */
export interface SlackOnLoopback {
  readonly url: string;
  /** Bodies, as they came. */
  readonly posts: readonly string[];
  close(): void;
}

export async function startSlack(): Promise<SlackOnLoopback> {
  const posts: string[] = [];
  const server = createServer(async (request, answer) => {
    posts.push(await text(request));
    answer.end("ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  const url = `http://127.0.0.1:${address.port}/services/T0/B0/secret`;
  return { url, posts, close: () => void server.close() };
}
