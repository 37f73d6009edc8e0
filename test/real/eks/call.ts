import type { IncomingMessage, ServerResponse } from "node:http";

/** A request of an SDK, read to its end. */
export interface Call {
  readonly method: string;
  /** With the query, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the signature; empty where there is none. */
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function readCall(incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const path = incoming.url ?? "/";
  const [, accessKeyId = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(incoming.headers.authorization ?? "") ?? [];
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(path.split("?")[1] ?? ""),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks).toString(),
    accessKeyId,
    region,
    service,
  };
}

const HOP_BY_HOP = new Set(["host", "connection", "content-length", "keep-alive", "transfer-encoding", "expect"]);

/** Lets the emulator answer; `path` where it is to be asked something else than the shim was. */
export async function forward(upstream: string, call: Call, path = call.path): Promise<Reply> {
  const headers = Object.entries(call.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const body = call.method === "GET" || call.method === "HEAD" ? {} : { body: call.body };
  const response = await fetch(`${upstream}${path}`, { method: call.method, headers, ...body });
  const kept = [...response.headers].filter(([name]) => name === "content-type" || name.startsWith("x-amz"));
  return { status: response.status, headers: Object.fromEntries(kept), body: await response.text() };
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** An error as the REST-JSON services of AWS write it. */
export function fault(status: number, code: string, message: string): Reply {
  const reply = json(status, { message });
  return { ...reply, headers: { ...reply.headers, "x-amzn-errortype": code } };
}

export function sendReply(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.end(body);
}
