import { KubeConfig } from "@kubernetes/client-node";
import { describeError, TerminalError } from "#fleet/errors";
import type { ClusterDescription } from "#onboard/ports";

/**
 * The connection that a kubeconfig file describes; the current context unless one is named. Exec plugins run when the
 * first request is made. TerminalError `kubeconfig` when the file cannot be read or knows no such context.
 */
export function fromKubeconfig(at: { readonly file: string; readonly context?: string }): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(at.file);
  } catch (cause) {
    throw new TerminalError(`cannot read the kubeconfig ${at.file}: ${describeError(cause)}`, {
      reason: "kubeconfig",
      remedy: "Name a readable kubeconfig file.",
      cause,
    });
  }
  const context = at.context ?? config.getCurrentContext();
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new TerminalError(`the kubeconfig ${at.file} has no context ${JSON.stringify(context)}`, {
      reason: "kubeconfig",
      field: "context",
      value: context,
      remedy: `Use one of its contexts: ${known.join(", ") || "it has none"}.`,
    });
  }
  config.setCurrentContext(context);
  return allowingPlainHttp(config);
}

/** The connection to an EKS cluster, trusting the authority of this description. TerminalError `no-endpoint` while EKS names none. */
export function fromDescription(cluster: ClusterDescription, token: string): KubeConfig {
  const { endpoint, certificateAuthority, ref } = cluster;
  if (endpoint === null) {
    throw new TerminalError(`${ref.arn} has no endpoint`, {
      reason: "no-endpoint",
      remedy: `Wait until the cluster is ACTIVE; it is ${cluster.status}.`,
    });
  }
  const config = new KubeConfig();
  const trust = certificateAuthority === null ? {} : { caData: certificateAuthority };
  config.loadFromClusterAndUser(
    { name: ref.arn, server: endpoint, skipTLSVerify: false, ...trust },
    { name: "musterbook", token },
  );
  return allowingPlainHttp(config);
}

/** The client library takes an `http:` server only where it need not verify TLS, of which there is none. */
function allowingPlainHttp(config: KubeConfig): KubeConfig {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}
