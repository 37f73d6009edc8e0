import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";

/** `counts` are asked for here; no bucket has such a name. */
export const COUNTS_PATH = "/-/counts";

/** What S3 bills for, and the rest. */
const OPERATIONS = ["LIST", "GET", "HEAD", "PUT", "DELETE"] as const;
type Operation = (typeof OPERATIONS)[number];
export const Counts = v.object({
  LIST: v.number(),
  GET: v.number(),
  HEAD: v.number(),
  PUT: v.number(),
  DELETE: v.number(),
});
export type Counts = Readonly<v.InferOutput<typeof Counts>>;

interface ProxyOptions {
  /** Of the server behind it. */
  readonly upstream: string;
  /** What is added to each request, ms. */
  readonly delayMs: number;
}

/**
 * An HTTP server in front of an S3 server, that holds up each request and counts them by operation. A GET of
 * COUNTS_PATH answers with the counts since the last such GET. Resolves with its port.
 */
export async function startProxy({ upstream, delayMs }: ProxyOptions): Promise<number> {
  const { hostname, port } = new URL(upstream);
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  let counts = none();
  const server = createServer(async (asked, answer) => {
    if (asked.url === COUNTS_PATH) {
      answer.end(JSON.stringify(counts));
      counts = none();
      return;
    }
    counts[operationOf(asked)] += 1;
    await sleep(delayMs);
    // The signature covers the Host header, which goes on as it came.
    const { method, url, headers } = asked;
    const sent = httpRequest({ agent, hostname, port, method, path: url, headers }, (told) => {
      // Of the way to the server alone, which versitygw closes each time; S3 keeps it open.
      const { connection: _, ...passed } = told.headers;
      answer.writeHead(told.statusCode ?? 502, passed);
      pipeline(told, answer, (error) => error && answer.destroy(error));
    });
    sent.on("error", (error) => failed(answer, error));
    pipeline(asked, sent, (error) => error && failed(answer, error));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return addressOf(server.address()).port;
}

function none(): Record<Operation, number> {
  return { LIST: 0, GET: 0, HEAD: 0, PUT: 0, DELETE: 0 };
}

function operationOf({ method = "", url = "" }: IncomingMessage): Operation {
  const isBucket = !/^\/[^/?]+\/[^?]/.test(url);
  if (method === "GET" && isBucket) return "LIST";
  return OPERATIONS.find((operation) => operation === method) ?? "PUT";
}

function failed(answer: ServerResponse, error: Error): void {
  if (answer.headersSent) answer.destroy(error);
  else answer.writeHead(502).end(String(error));
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return address;
}
