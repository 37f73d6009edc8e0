import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

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

async function readCall(incoming: IncomingMessage): Promise<Call> {
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

export function json(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** An error as the REST-JSON services of AWS write it. */
export function fault(status: number, code: string, message: string): Reply {
  const reply = json(status, { message });
  return { ...reply, headers: { ...reply.headers, "x-amzn-errortype": code } };
}

export interface AwsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers the calls of an SDK on loopback; what `answer` throws is a 500. */
export async function serveAws(answer: (call: Call) => Reply | Promise<Reply>): Promise<AwsServer> {
  const server = createServer((incoming, outgoing) => {
    readCall(incoming)
      .then(answer)
      .catch((error: unknown) => fault(500, "InternalFailure", `the server failed: ${String(error)}`))
      .then((reply) => send(outgoing, reply))
      .catch((error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function send(outgoing: ServerResponse, { status, headers, body }: Reply): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  outgoing.end(body);
}
