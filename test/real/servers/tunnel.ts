import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** The loopback port behind what a client wants to be connected to; undefined: nothing is there. */
export type Route = (hostname: string, port: number) => number | undefined | Promise<number | undefined>;

/** An HTTP CONNECT proxy that leads into nothing but loopback; not listening yet. */
export function connectProxy(route: Route): Server {
  const server = createServer();
  server.on("connect", (request, client, head) => {
    const { hostname, port } = new URL(`tcp://${request.url}`);
    Promise.resolve(route(hostname, Number(port))).then(
      (to) => (to === undefined ? refuse(client) : join(client, head, to)),
      () => refuse(client),
    );
  });
  return server;
}

function join(client: Duplex, head: Buffer, port: number): void {
  const target = connect(port, "127.0.0.1");
  const refused = () => refuse(client);
  target.once("error", refused);
  target.once("connect", () => {
    target.off("error", refused);
    target.once("error", () => client.destroy());
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    target.write(head);
    target.pipe(client).pipe(target);
  });
  client.once("error", () => target.destroy());
  client.once("close", () => target.destroy());
}

function refuse(client: Duplex): void {
  client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
}
