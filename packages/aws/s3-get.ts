import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "#aws/sha256";

/** What is read of an answer: the SDK's, or one that is as good. */
export type ObjectAnswer = Pick<GetObjectCommandOutput, "Body" | "ContentLength">;

/** Asks for an object, or for a `range` of it as HTTP writes it; throws what the SDK throws. */
export type GetObject = (key: string, range?: string) => Promise<ObjectAnswer>;

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
 * Reads objects of one bucket. The first is the SDK's own request; from it are learned the host, the path and the region, and
 * the others are signed and sent by themselves, for a part of what the SDK takes. Whatever is not a plain success is asked of the
 * SDK again, which knows about retries, regions and errors.
 */
export function objectGetter(client: S3Client, bucket: string): GetObject {
  let way: Way | undefined;
  return async (key, range) => (way && (await direct(client, way, { key, range }))) ?? viaSdk(key, range);

  async function viaSdk(key: string, range: string | undefined): Promise<ObjectAnswer> {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(range === undefined ? {} : { Range: range }),
    });
    let request: unknown;
    command.middlewareStack.add(
      (next) => (args) => {
        request = args.request;
        return next(args);
      },
      { step: "deserialize", name: "learnTheWay" },
    );
    const answer = await client.send(command);
    way ??= wayOf(client, request, key);
    return answer;
  }
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
  return { request, base: request.path.slice(0, -path.length), signer };
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

interface Asked {
  readonly key: string;
  readonly range: string | undefined;
}

async function direct(
  client: S3Client,
  { request, base, signer }: Way,
  { key, range }: Asked,
): Promise<ObjectAnswer | undefined> {
  const { host = request.hostname } = request.headers;
  const headers = range === undefined ? { host } : { host, range };
  const unsigned = { ...request, method: "GET", path: base + encodedKey(key), query: {}, headers };
  try {
    const { headers: signed } = await signer.sign(unsigned, { signingDate: new Date(signingTime(client)) });
    const { response } = await client.config.requestHandler.handle({ ...unsigned, headers: signed });
    if (response.statusCode === (range === undefined ? 200 : 206))
      return { Body: response.body, ContentLength: lengthOf(response.headers) };
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

function lengthOf(headers: Readonly<Record<string, string>>): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
