/** A token that may be sent to STS, or why not. */
export type Verified =
  | { readonly ok: true; readonly url: URL; readonly accessKeyId: string }
  | { readonly ok: false; readonly why: string };

const PREFIX = "k8s-aws-v1.";
const MAX_BYTES = 4096;
const VALID_MS = 15 * 60_000;
const MAX_EXPIRES_S = 900;
const STS_HOST = /^sts(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/;
const PARAMETERS = new Set([
  ...["action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires"],
  ...["x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"],
]);

/** What aws-iam-authenticator looks at before it asks STS (pkg/token/token.go, `tokenVerifier.Verify`), in its order. */
export function verifyToken(token: string, now: Date): Verified {
  if (token.length > MAX_BYTES) return refused("the token is too large");
  if (!token.startsWith(PREFIX)) return refused(`the token does not begin with ${PREFIX}`);
  const encoded = token.slice(PREFIX.length);
  if (!/^[\w-]+$/.test(encoded)) return refused("the token is not base64url without padding");
  const text = Buffer.from(encoded, "base64url").toString();
  if (!URL.canParse(text)) return refused("the token holds no URL");
  const url = new URL(text);
  // URL would make `/` of a path that is not there.
  if (!/^https:\/\/[^/?#]+\/(?:\?|$)/.test(text)) return refused("the URL is not https with the path /");
  if (!STS_HOST.test(url.host)) return refused(`unexpected host ${url.host}`);
  const why = objectionTo(url.searchParams, now);
  if (why !== undefined) return refused(why);
  return { ok: true, url, accessKeyId: url.searchParams.get("X-Amz-Credential")?.split("/")[0] ?? "" };
}

function objectionTo(query: URLSearchParams, now: Date): string | undefined {
  const names = [...query.keys()];
  const foreign = names.find((name) => !PARAMETERS.has(name.toLowerCase()));
  if (foreign !== undefined) return `the query parameter ${foreign} is not allowed`;
  if (new Set(names).size !== names.length) return "a query parameter has several values";
  if (query.get("Action") !== "GetCallerIdentity") return "the action is not GetCallerIdentity";
  const signed = (query.get("X-Amz-SignedHeaders") ?? "").toLowerCase().split(";");
  if (!signed.includes("x-k8s-aws-id")) return "the header x-k8s-aws-id is not signed";
  const expires = query.get("X-Amz-Expires") ?? "";
  if (!/^\d+$/.test(expires) || Number(expires) > MAX_EXPIRES_S) return "X-Amz-Expires is not within 0 and 900";
  const signedAt = dateOf(query.get("X-Amz-Date") ?? "");
  if (signedAt === undefined) return "X-Amz-Date is not a time";
  if (now.getTime() > signedAt + VALID_MS) return "the token is expired";
  return undefined;
}

/** `20261121T100000Z` in ms. */
export function dateOf(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1);
  if (parts === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function refused(why: string): Verified {
  return { ok: false, why };
}
