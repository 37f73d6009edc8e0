import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { describeError, TerminalError } from "#fleet/errors";
import type { KubeConnection } from "#kube/connection";
import { unreachable } from "#kube/errors";

export interface KubeRequest {
  readonly method: "GET" | "PATCH" | "DELETE";
  /** With query string, beginning with `/`. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  /** What the request is for, as an error tells it. */
  readonly doing: string;
}

export interface KubeReply {
  readonly status: number;
  readonly body: string;
}

/** Sends one request as a kubeconfig says. RetryableError `unreachable` when no whole answer comes in time. */
export type Transport = (request: KubeRequest) => Promise<KubeReply>;

/** Requests over kept connections; `timeoutMs` is for each whole answer. */
export function httpTransport(connection: KubeConnection, timeoutMs: number): Transport {
  const agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };

  return async (request) => {
    const given = await connection.options().catch((cause: unknown) => {
      throw noCredentials(request.doing, cause);
    });
    try {
      const url = new URL(`${connection.server.replace(/\/$/, "")}${request.path}`);
      const agent = agents[url.protocol === "http:" ? "http:" : "https:"];
      const options = { agent, ...given, method: request.method, headers: headersOf(given, request) };
      return await sendTwice({ url, options, body: request.body, timeoutMs });
    } catch (cause) {
      throw unreachable(request.doing, cause);
    }
  };
}

/** A kubeconfig's exec plugin failed, or a file that it names cannot be read. */
function noCredentials(doing: string, cause: unknown): TerminalError {
  return new TerminalError(`${doing}: the kubeconfig gives no credentials: ${describeError(cause)}`, {
    reason: "unauthorized",
    remedy: "Run kubectl with the same kubeconfig and context: it fails alike, and says more.",
    cause,
  });
}

function headersOf(given: RequestOptions, { body, contentType }: KubeRequest): OutgoingHttpHeaders {
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const type = contentType === undefined ? {} : { "content-type": contentType };
  const own = Object.fromEntries(Object.entries(given.headers ?? {}));
  return { ...own, accept: "application/json", "user-agent": "musterbook", ...type, ...length };
}

interface Sending {
  readonly url: URL;
  readonly options: RequestOptions;
  readonly body: string | undefined;
  readonly timeoutMs: number;
}

/** A kept connection may have been closed by the server meanwhile: that says nothing, so it is tried once more. Every request here can be repeated. */
async function sendTwice(sending: Sending): Promise<KubeReply> {
  const first = await send(sending);
  if (first !== "stale") return first;
  const second = await send(sending);
  if (second === "stale") throw new Error("the server closes every connection");
  return second;
}

function send({ url, options, body, timeoutMs }: Sending): Promise<KubeReply | "stale"> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = (url.protocol === "http:" ? httpRequest : httpsRequest)(url, options);
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    request.once("close", () => clearTimeout(timer));
    request.once("error", (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && error.code === "ECONNRESET") resolve("stale");
      else reject(error);
    });
    request.once("response", (response) => {
      readReply(response).then(resolve, reject);
    });
    request.end(body);
  });
}

async function readReply(response: IncomingMessage): Promise<KubeReply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}
