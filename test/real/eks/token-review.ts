import type { Clock } from "#fleet/clock";
import type { AccessEntry } from "#test/real/eks/entries";
import type { Keys } from "#test/real/eks/keys";
import { callerOf } from "#test/real/eks/sts";
import { verifyToken } from "#test/real/eks/verify-token";

export interface Authenticator {
  readonly upstream: string;
  readonly keys: Keys;
  readonly clock: Clock;
}

export interface TokenReviewStatus {
  readonly authenticated: boolean;
  readonly error?: string;
  readonly user?: { readonly username: string; readonly uid: string; readonly groups: readonly string[] };
}

/** The group that stands for a policy: EKS judges policies itself, a bare API server knows groups only. */
export function groupOf(policyArn: string): string {
  return `eks-access-policy:${policyArn.split("/").at(-1)}`;
}

/** Who bears a token, by the entries of a cluster that authentication honours by now. */
export async function reviewToken(
  token: string,
  cluster: { readonly name: string; readonly entries: readonly AccessEntry[] },
  authenticator: Authenticator,
): Promise<TokenReviewStatus> {
  const verified = verifyToken(token, authenticator.clock.now());
  if (!verified.ok) return { authenticated: false, error: verified.why };
  const caller = await callerOf(verified.url, { "x-k8s-aws-id": cluster.name }, authenticator);
  if (!caller.ok) return { authenticated: false, error: caller.why };
  const principal = withoutPath(principalOf(caller.arn));
  const entry = cluster.entries.find(({ principalArn }) => withoutPath(principalArn) === principal);
  if (entry === undefined) return { authenticated: false, error: `${principal} is not mapped` };
  const groups = [...entry.groups, ...entry.policies.map(groupOf)];
  return { authenticated: true, user: { username: entry.username || caller.arn, uid: caller.userId, groups } };
}

/** The role of a session. */
function principalOf(arn: string): string {
  return arn.replace(/^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\/.+$/, "arn:$1:iam::$2:role/$3");
}

/** EKS compares the principal's id, so the path of a role, which a session's ARN lacks, makes no difference. */
function withoutPath(arn: string): string {
  return arn.replace(/:role\/(?:.+\/)?([^/]+)$/, ":role/$1");
}
