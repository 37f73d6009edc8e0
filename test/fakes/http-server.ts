import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** How many requests came before. */
  readonly before: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the headers and this many bytes of the body, then cuts the connection. */
  readonly cutAfter?: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Every request so far. */
  readonly requests: readonly HttpRequest[];
  close(): Promise<void>;
}

/** A server on loopback that says whatever a test wants a client to hear. */
export async function httpServer(answer: (request: HttpRequest) => HttpAnswer): Promise<HttpServer> {
  const requests: HttpRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    const body = await text(incoming);
    const request = { method, path: pathname, query: searchParams, headers, body, before: requests.length };
    requests.push(request);
    const { status, body: said = "", headers: extra = {}, cutAfter } = answer(request);
    outgoing.writeHead(status, { "content-length": Buffer.byteLength(said), ...extra });
    if (cutAfter === undefined) outgoing.end(said);
    else outgoing.write(Buffer.from(said).subarray(0, cutAfter), () => outgoing.destroy());
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
