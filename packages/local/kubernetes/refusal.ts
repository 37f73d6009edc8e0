import type { Behaviour, EmbeddedCluster, User } from "#local/kubernetes/embedded-cluster";
import { KubeFailure } from "#local/kubernetes/failure";

const REFUSALS: Readonly<Record<Exclude<Behaviour["refuse"], null | "unreachable" | "forbidden">, () => KubeFailure>> =
  {
    unauthorized: () => new KubeFailure(401, "Unauthorized", "Unauthorized"),
    unavailable: () => new KubeFailure(503, "ServiceUnavailable", "apiserver is shutting down"),
    throttled: () =>
      new KubeFailure(429, "TooManyRequests", "too many requests, please try again later", { retryAfterSeconds: 1 }),
  };

/** What every request gets now; undefined for an answer, and where it depends on what is asked for. */
export function refusal(cluster: EmbeddedCluster): KubeFailure | "unreachable" | undefined {
  const { refuse } = cluster.behaviour;
  if (refuse === null || refuse === "forbidden") return undefined;
  return refuse === "unreachable" ? refuse : REFUSALS[refuse]();
}

/** Whose bearer token it is; null for somebody who may do everything. KubeFailure 401 for a token that is not known. */
export function whoIs(cluster: EmbeddedCluster, authorization: string | undefined): User | null {
  const token = /^Bearer (?<token>\S+)$/i.exec(authorization ?? "")?.groups?.token ?? "";
  const user = cluster.users.get(token);
  if (user !== undefined) return user;
  if (cluster.tokens === undefined || cluster.tokens.has(token)) return null;
  throw new KubeFailure(401, "Unauthorized", "Unauthorized");
}
