import type { Behaviour, EmbeddedCluster } from "#local/kubernetes/cluster";
import { KubeFailure } from "#local/kubernetes/failure";

const REFUSALS: Readonly<Record<Exclude<Behaviour["refuse"], null | "unreachable">, () => KubeFailure>> = {
  unauthorized: () => new KubeFailure(401, "Unauthorized", "Unauthorized"),
  forbidden: () => new KubeFailure(403, "Forbidden", 'forbidden: User "musterbook" cannot do this', {}),
  unavailable: () => new KubeFailure(503, "ServiceUnavailable", "apiserver is shutting down"),
  throttled: () =>
    new KubeFailure(429, "TooManyRequests", "too many requests, please try again later", { retryAfterSeconds: 1 }),
};

/** What every request gets now; undefined for an answer. */
export function refusal(cluster: EmbeddedCluster): KubeFailure | "unreachable" | undefined {
  const { refuse } = cluster.behaviour;
  if (refuse === null || refuse === "forbidden") return undefined;
  return refuse === "unreachable" ? refuse : REFUSALS[refuse]();
}

/** KubeFailure 403 when nobody may do anything with objects now. Discovery and the version are for everybody who is authenticated. */
export function authorize(cluster: EmbeddedCluster): void {
  if (cluster.behaviour.refuse === "forbidden") throw REFUSALS.forbidden();
}

/** Tells whether the bearer token of a request is accepted. */
export function isAuthenticated(cluster: EmbeddedCluster, authorization: string | undefined): boolean {
  if (cluster.tokens === undefined) return true;
  return cluster.tokens.has(/^Bearer (?<token>\S+)$/i.exec(authorization ?? "")?.groups?.token ?? "");
}
