import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { selfSignedCertificate } from "#local/kubernetes/certificate";

export interface ApiRequest {
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  /** Whether it asks for a change: leave the dry runs to the caller. */
  readonly writes: boolean;
}

/** What becomes of a request: another path, or an answer that is not the server's; undefined lets it pass. */
export type Verdict = { readonly path: string } | { readonly status: number; readonly body: string } | undefined;

export interface Rules {
  /** Before the API server gets it. */
  readonly before?: (request: ApiRequest) => Verdict | Promise<Verdict>;
  /** When the API server has answered, and before the client hears of it. */
  readonly after?: (request: ApiRequest, status: number) => void;
}

/** A reverse proxy with TLS in front of a Kubernetes API server. */
export interface ApiFront {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** PEM, base64. */
  readonly certificateAuthority: string;
  /** What holds from now on; `{}` lets everything pass. */
  rule(rules: Rules): void;
  close(): Promise<void>;
}

interface Upstream {
  readonly server: string;
  /** PEM, base64; null over plain HTTP. */
  readonly certificateAuthority: string | null;
}

export async function startApiFront(upstream: Upstream): Promise<ApiFront> {
  const certificate = selfSignedCertificate("127.0.0.1");
  const forward = forwardTo(upstream);
  let rules: Rules = {};
  const server = createServer(certificate, (request, response) => {
    pass(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url = "/" } = request;
    const asked: ApiRequest = { method, path: url, writes: !["GET", "HEAD", "OPTIONS"].includes(method) };
    const { before, after } = rules;
    const verdict = await before?.(asked);
    if (verdict !== undefined && "status" in verdict) {
      request.resume();
      response.writeHead(verdict.status, { "content-type": "application/json" }).end(verdict.body);
      return;
    }
    const answer = await forward(request, verdict?.path ?? url);
    after?.(asked, answer.statusCode ?? 0);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    response.once("close", () => answer.destroy());
    answer.once("error", () => response.destroy()).pipe(response);
  }

  return {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificateAuthority: Buffer.from(certificate.cert).toString("base64"),
    rule: (next) => {
      rules = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function forwardTo({ server, certificateAuthority }: Upstream) {
  const plain = server.startsWith("http:");
  const agent = plain
    ? new HttpAgent({ keepAlive: true })
    : new HttpsAgent({
        keepAlive: true,
        ...(certificateAuthority === null ? {} : { ca: Buffer.from(certificateAuthority, "base64") }),
      });
  return (request: IncomingMessage, path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, headers } = request;
      const onward = (plain ? httpRequest : httpsRequest)(`${server}${path}`, { method, headers, agent }, resolve);
      onward.once("error", reject);
      request.once("error", reject).pipe(onward);
    });
}
