import type { Clock } from "#fleet/clock";
import { forward } from "#test/real/eks/forward";
import { elementOf, type Keys, type Principal } from "#test/real/eks/keys";
import { signatureOf } from "#test/real/eks/presigned";
import { dateOf } from "#test/real/eks/verify-token";

/** What STS does with a presigned GetCallerIdentity. */
export type Caller =
  | { readonly ok: true; readonly arn: string; readonly userId: string }
  | { readonly ok: false; readonly why: string };

const SKEW_MS = 5 * 60_000;

/**
 * Whose a presigned URL is. ministack verifies no signature unless told to, so that is done here; that the session is known and not
 * over, and who it is, ministack says.
 */
export async function callerOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  sts: { readonly upstream: string; readonly keys: Keys; readonly clock: Clock },
): Promise<Caller> {
  const query = url.searchParams;
  const principal = sts.keys.find(query.get("X-Amz-Credential")?.split("/")[0] ?? "");
  if (principal === undefined) return { ok: false, why: "InvalidClientTokenId" };
  const why = objectionTo(url, headers, principal, sts.clock.now().getTime());
  if (why !== undefined) return { ok: false, why };
  const asked = { method: "GET", path: `/${url.search}`, headers: { host: url.host, ...headers }, body: "" };
  const { status, body: answer } = await forward(sts.upstream, asked);
  if (status !== 200) return { ok: false, why: answer };
  return { ok: true, arn: elementOf(answer, "Arn"), userId: elementOf(answer, "UserId") };
}

function objectionTo(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { credentials }: Principal,
  now: number,
): string | undefined {
  const query = url.searchParams;
  const [, date, region, service] = query.get("X-Amz-Credential")?.split("/") ?? [];
  const signedAt = query.get("X-Amz-Date") ?? "";
  if (service !== "sts" || !url.host.startsWith(`sts.${region}.`) || !signedAt.startsWith(`${date}T`)) {
    return "the credential is scoped to another service, region or day";
  }
  if ((dateOf(signedAt) ?? 0) > now + SKEW_MS) return "the signature is not yet current";
  if ((query.get("X-Amz-Security-Token") ?? undefined) !== credentials.sessionToken) return "InvalidClientTokenId";
  const { secretAccessKey } = credentials;
  const expected = signatureOf({ url, headers: { host: url.host, ...headers }, secretAccessKey });
  return query.get("X-Amz-Signature") === expected ? undefined : "SignatureDoesNotMatch";
}
