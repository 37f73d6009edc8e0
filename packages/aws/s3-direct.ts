import type { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "#aws/sha256";

/** What is asked of one bucket. */
export interface Asked {
  /** Of an object; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the plain success. */
  readonly status: number;
}

export interface DirectAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | undefined;
}

/**
 * A GET as the SDK would send it, without the SDK. Undefined until the SDK has shown the way, and where there is no answer or
 * not the plain success: then the SDK is to be asked, which knows about retries, regions and errors.
 */
export type Direct = (asked: Asked) => Promise<DirectAnswer | undefined>;

/** What the SDK sends. */
interface Sent {
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How the SDK reached the bucket: all that is the same in every request. */
interface Way {
  readonly request: Sent;
  /** The path before the key. */
  readonly base: string;
  readonly signer: SignatureV4;
}

/**
 * Sends requests to the one bucket of this client by itself, for a part of what the SDK takes. From the first request of the
 * SDK's own that succeeds are learned the host, the path and the region.
 */
export function directTo(client: S3Client): Direct {
  let way: Way | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      way ??= wayOf(client, args.request, "Key" in args.input ? (args.input.Key ?? "") : "");
      return answer;
    },
    // Before the answer is read, which throws what is none.
    { step: "deserialize", priority: "high", name: "learnTheWay" },
  );
  return async (asked) => way && send(client, way, asked);
}

const SIGNED = /^AWS4-HMAC-SHA256 Credential=[^,]*\/\d{8}\/([^/]+)\/s3\/aws4_request,/;

/** Undefined where it is not a request as S3 knows them, signed with Signature Version 4 for one region. */
function wayOf({ config }: S3Client, request: unknown, key: string): Way | undefined {
  if (!isRequest(request)) return undefined;
  const [, region] = SIGNED.exec(request.headers.authorization ?? "") ?? [];
  const path = encodedKey(key);
  if (region === undefined || !request.path.endsWith(`/${path}`)) return undefined;
  // The path is escaped already.
  const signer = new SignatureV4({
    service: "s3",
    region,
    credentials: config.credentials,
    sha256: Sha256,
    uriEscapePath: false,
  });
  return { request, base: request.path.slice(0, request.path.length - path.length), signer };
}

function isRequest(request: unknown): request is Sent {
  return typeof request === "object" && request !== null && "headers" in request && "path" in request;
}

/** As the SDK writes it into the path. */
function encodedKey(key: string): string {
  const escaped = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  const encoded = (part: string) => encodeURIComponent(part).replace(/[!'()*]/g, escaped);
  return key.split("/").map(encoded).join("/");
}

async function send(
  client: S3Client,
  { request, base, signer }: Way,
  { key, query = {}, headers = {}, status }: Asked,
): Promise<DirectAnswer | undefined> {
  const { host = request.hostname } = request.headers;
  const path = base + encodedKey(key);
  const unsigned = { ...request, method: "GET", path, query: { ...query }, headers: { host, ...headers } };
  try {
    const { headers: signed } = await signer.sign(unsigned, { signingDate: new Date(signingTime(client)) });
    const { response } = await client.config.requestHandler.handle({ ...unsigned, headers: signed });
    if (response.statusCode === status) return { headers: response.headers, body: response.body };
    response.body?.destroy?.();
  } catch {
    // No answer: the SDK asks again, and says why it got none.
    return undefined;
  }
  return undefined;
}

/** By the server's clock, as far as the SDK has seen that it differs. */
function signingTime({ config }: S3Client): number {
  return performance.timeOrigin + performance.now() + config.systemClockOffset;
}
