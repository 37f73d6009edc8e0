import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

export interface HttpRequest {
  readonly method: string;
  /** Without the query, not decoded. */
  readonly path: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** As text; `bytes` are what came. */
  readonly body: string;
  readonly bytes: Uint8Array;
  /** How many requests came before. */
  readonly before: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the headers and this many bytes of the body, then cuts the connection. */
  readonly cutAfter?: number;
  /** Sends the headers and this many bytes of the body, then nothing more. */
  readonly stallAfter?: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Every request so far. */
  readonly requests: readonly HttpRequest[];
  close(): Promise<void>;
}

/** A server on loopback that says whatever a test wants a client to hear. What `answer` throws is a 500. */
export async function httpServer(
  answer: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>,
): Promise<HttpServer> {
  const requests: HttpRequest[] = [];
  const answered = async (request: HttpRequest): Promise<HttpAnswer> => answer(request);
  const server = createServer(async (incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const [path = "", query = ""] = url.split("?");
    const bytes = await buffer(incoming);
    const said = { headers, body: bytes.toString(), bytes, before: requests.length };
    const request = { method, path, url, query: new URLSearchParams(query), ...said };
    requests.push(request);
    const failed = (error: unknown): HttpAnswer => ({ status: 500, body: `the server failed: ${String(error)}` });
    send(outgoing, await answered(request).catch(failed));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function send(outgoing: ServerResponse, answered: HttpAnswer): void {
  const { status, body = "", headers = {}, cutAfter, stallAfter } = answered;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const length = "transfer-encoding" in headers ? {} : { "content-length": bytes.byteLength };
  outgoing.writeHead(status, { ...length, ...headers });
  if (stallAfter !== undefined) outgoing.write(bytes.subarray(0, stallAfter));
  else if (cutAfter === undefined) outgoing.end(bytes);
  else outgoing.write(bytes.subarray(0, cutAfter), () => outgoing.destroy());
}
