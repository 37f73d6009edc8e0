import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "#fleet/errors";
import { selfSignedCertificate } from "#local/kubernetes/certificate";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { readExchange } from "#local/kubernetes/exchange";
import { KubeFailure } from "#local/kubernetes/failure";
import { handle } from "#local/kubernetes/handle";
import { refusal, whoIs } from "#local/kubernetes/refusal";
import { streamWatch } from "#local/kubernetes/watch";

/** `url` without a slash at its end; `close` drops watches and idle connections at once. */
export interface KubernetesServer {
  readonly url: string;
  /** PEM, base64, as EKS describes it; null over plain HTTP. */
  readonly certificateAuthority: string | null;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** A loopback address. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** With a fresh certificate. Needed where tokens are checked: kubectl and helm send none over plain HTTP. */
  readonly tls?: boolean;
}

/** Serves an embedded cluster, over plain HTTP unless TLS is asked for. */
export async function serveKubernetes(cluster: EmbeddedCluster, options: ServeOptions): Promise<KubernetesServer> {
  const { host, port, tls = false } = options;
  const certificate = tls ? selfSignedCertificate(host) : undefined;
  const listener: RequestListener = (request, response) => {
    respond(cluster, request, response).catch((error: unknown) => response.destroy(asError(error)));
  };
  const server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `${tls ? "https" : "http"}://${host}:${bound}`,
    certificateAuthority: certificate === undefined ? null : Buffer.from(certificate.cert).toString("base64"),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function respond(cluster: EmbeddedCluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const refused = refusal(cluster);
    if (refused === "unreachable") {
      request.socket.destroy();
      return;
    }
    const exchange = await readExchange(request);
    if (cluster.behaviour.latencyMs > 0) await sleep(cluster.behaviour.latencyMs);
    if (refused !== undefined) throw refused;
    const user = whoIs(cluster, request.headers.authorization);
    const answer = await handle(cluster, exchange, user);
    if ("selection" in answer) streamWatch(cluster, answer, response);
    else {
      for (const text of answer.warnings ?? []) response.appendHeader("warning", `299 - ${JSON.stringify(text)}`);
      send(response, answer.code, answer.body);
    }
  } catch (error) {
    const failure = error instanceof KubeFailure ? error : new KubeFailure(500, "InternalError", describeError(error));
    if (failure.status.code === 429) response.setHeader("retry-after", "1");
    send(response, failure.status.code, failure.status);
  }
}

function send(response: ServerResponse, code: number, body: unknown): void {
  const isText = typeof body === "string";
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(code, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(text);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
