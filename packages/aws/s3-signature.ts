import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

/** What the key of a signature is made of. */
interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A GET without a query. */
interface UnsignedGet {
  readonly host: string;
  /** As it is sent, with its escapes. */
  readonly path: string;
}

export type SignGet = (get: UnsignedGet, credentials: SigningCredentials, now: Date) => Record<string, string>;

const NOTHING = hash("sha256", "");
const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * Makes the function that gives the headers of a GET of S3, signed for this region (Signature Version 4,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). The key of a day is made once.
 */
export function getSigner(region: string): SignGet {
  let known: { readonly of: string; readonly key: KeyObject } | undefined;
  return ({ host, path }, credentials, now) => {
    const time = now.toISOString().replace(/[:-]|\.\d{3}/g, "");
    const day = time.slice(0, 8);
    const of = `${day} ${credentials.secretAccessKey}`;
    if (known?.of !== of) known = { of, key: keyOf(credentials, day, region) };
    const { sessionToken } = credentials;
    const headers: Record<string, string> = {
      host,
      "x-amz-content-sha256": NOTHING,
      "x-amz-date": time,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(headers).join(";");
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = ["GET", path, "", lines.join(""), names, NOTHING].join("\n");
    const scope = `${day}/${region}/s3/aws4_request`;
    const signature = hmac(known.key, [ALGORITHM, time, scope, hash("sha256", canonical)].join("\n")).toString("hex");
    const claim = `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}`;
    return { ...headers, authorization: `${claim}, SignedHeaders=${names}, Signature=${signature}` };
  };
}

function keyOf({ secretAccessKey }: SigningCredentials, day: string, region: string): KeyObject {
  const key = [day, region, "s3", "aws4_request"].reduce<Buffer>(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  return createSecretKey(key);
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
