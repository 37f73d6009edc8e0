import { createHash, createHmac } from "node:crypto";

/** What SigV4 says of a presigned GET, computed here from the specification and not by the SDK that signed it. */
export function signatureOf(of: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly secretAccessKey: string;
}): string {
  const { url, headers, secretAccessKey } = of;
  const query = url.searchParams;
  const [, date = "", region = "", service = ""] = (query.get("X-Amz-Credential") ?? "").split("/");
  const signedHeaders = query.get("X-Amz-SignedHeaders") ?? "";
  const lines = signedHeaders.split(";").map((name) => `${name}:${headers[name] ?? ""}\n`);
  const canonical = ["GET", url.pathname, canonicalQuery(url), lines.join(""), signedHeaders, sha256("")].join("\n");
  const scope = [date, region, service, "aws4_request"];
  const toSign = ["AWS4-HMAC-SHA256", query.get("X-Amz-Date"), scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex");
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .sort()
    .join("&");
}

function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
