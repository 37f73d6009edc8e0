import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { parseJson } from "#kube/reply";

/** One request to a Kubernetes API server. */
export interface ApiCall {
  readonly url: string;
  /** PEM, base64; nothing for plain HTTP. */
  readonly certificateAuthority?: string;
  readonly token?: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ApiReply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** The whole answer. Rejects when there is none. */
export async function callApi(call: ApiCall): Promise<ApiReply> {
  return replyOf(await send(call, undefined));
}

async function replyOf(response: IncomingMessage): Promise<ApiReply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return { status: response.statusCode ?? 0, headers: response.headers, body, json: parseJson(body.toString()) };
}

/** A watch, or why there is none. */
export type Watch =
  | {
      /** One JSON document a line, until the server or the signal ends it. */
      readonly events: AsyncIterable<unknown>;
    }
  | { readonly events: undefined; readonly status: number; readonly body: string };

export async function watchApi(call: ApiCall, signal: AbortSignal): Promise<Watch> {
  const response = await send(call, signal);
  if (response.statusCode === 200) return { events: linesOf(response, signal) };
  const reply = await replyOf(response);
  return { events: undefined, status: reply.status, body: reply.body.toString() };
}

async function* linesOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<unknown> {
  let rest = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function send(call: ApiCall, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const { url, certificateAuthority, token, method = "GET", body, contentType, accept = "application/json" } = call;
  const options: RequestOptions = {
    method,
    headers: {
      accept,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
      // Without it the body of a DELETE is lost.
      ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    },
    ...(certificateAuthority === undefined ? {} : { ca: Buffer.from(certificateAuthority, "base64") }),
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("http:") ? httpRequest : httpsRequest)(url, options, resolve);
    request.once("error", reject);
    request.end(body);
  });
}
