import type { RequestOptions } from "node:https";
import { TerminalError } from "#fleet/errors";
import type { ClusterDescription } from "#onboard/ports";

/** Where an API server is, and how one is let in. */
export interface KubeConnection {
  /** Its URL. */
  readonly server: string;
  /** TLS, proxy and credentials of one request: asked for each, since credentials expire. */
  readonly options: () => Promise<RequestOptions>;
}

export interface TokenAccess {
  readonly server: string;
  /** PEM in base64, as EKS has it; null: those that the machine trusts. */
  readonly certificateAuthority: string | null;
  readonly token: string;
}

/** With a bearer token, trusting this authority and no other. */
export function withToken({ server, certificateAuthority, token }: TokenAccess): KubeConnection {
  const trust = certificateAuthority === null ? {} : { ca: Buffer.from(certificateAuthority, "base64") };
  return { server, options: async () => ({ ...trust, headers: { authorization: `Bearer ${token}` } }) };
}

/** The connection to an EKS cluster, trusting the authority of this description. TerminalError `no-endpoint` while EKS names none. */
export function fromDescription(cluster: ClusterDescription, token: string): KubeConnection {
  const { endpoint, certificateAuthority, ref } = cluster;
  if (endpoint === null) {
    throw new TerminalError(`${ref.arn} has no endpoint`, {
      reason: "no-endpoint",
      remedy: `Wait until the cluster is ACTIVE; it is ${cluster.status}.`,
    });
  }
  return withToken({ server: endpoint, certificateAuthority, token });
}
