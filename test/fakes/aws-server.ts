import { type HttpRequest, httpServer } from "#test/fakes/http-server";

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

function callOf({ method, url, query, headers, body }: HttpRequest): Call {
  const [, accessKeyId = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? "") ?? [];
  const read = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return { method, path: url, query, headers: read, body, accessKeyId, region, service };
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
  const { endpoint, close } = await httpServer(async (request) => {
    try {
      return await answer(callOf(request));
    } catch (error) {
      return fault(500, "InternalFailure", `the server failed: ${String(error)}`);
    }
  });
  return { url: endpoint, close };
}
