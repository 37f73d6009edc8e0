import { createServer, type IncomingHttpHeaders, request } from "node:http";
import { buffer } from "node:stream/consumers";

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Meddled extends UpstreamAnswer {
  /** Sends this many bytes of the body, then cuts the connection. */
  readonly cutAfter?: number;
}

/** Sees the answer to the n-th request (from 0) and says what the client gets. */
export type Meddle = (answer: UpstreamAnswer, nth: number) => Meddled;

/** A plain HTTP proxy in front of a server that changes its answers on their way; signatures stay valid. */
export async function meddlingProxy(
  upstream: string,
  meddle: Meddle,
): Promise<{ url: string; close(): Promise<void> }> {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    const nth = count;
    count += 1;
    const { method, headers, url = "/" } = incoming;
    // The path as it came: a URL would normalise what was signed.
    const { hostname, port } = new URL(upstream);
    const passed = request({ hostname, port, path: url, method, headers }, async (answer) => {
      const { statusCode: status = 502, headers: told } = answer;
      const meddled = meddle({ status, headers: told, body: await buffer(answer) }, nth);
      const { "transfer-encoding": _, ...rest } = meddled.headers;
      outgoing.writeHead(meddled.status, { ...rest, "content-length": meddled.body.byteLength });
      if (meddled.cutAfter === undefined) outgoing.end(meddled.body);
      else outgoing.write(meddled.body.subarray(0, meddled.cutAfter), () => outgoing.destroy());
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
