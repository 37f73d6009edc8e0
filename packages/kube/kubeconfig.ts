import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { describeError, TerminalError } from "#fleet/errors";
import type { KubeConnection } from "#kube/connection";

export interface KubeconfigConnection extends KubeConnection {
  /** Name of the context. */
  readonly context: string;
}

/**
 * The connection that a kubeconfig file describes; the current context unless one is named. Exec plugins run when the
 * first request is made. TerminalError `kubeconfig` when the file cannot be read or knows no such context.
 */
export function fromKubeconfig(at: { readonly file: string; readonly context?: string }): KubeconfigConnection {
  const config = load(at.file);
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
  const cluster = config.getCurrentCluster();
  const isProxied = cluster?.proxyUrl !== undefined;
  return { context, server: cluster?.server ?? "", options: () => optionsOf(config, isProxied) };
}

function load(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new TerminalError(`cannot read the kubeconfig ${file}: ${describeError(cause)}`, {
      reason: "kubeconfig",
      remedy: "Name a readable kubeconfig file.",
      cause,
    });
  }
  // The library takes an `http:` server only where it need not verify TLS, of which there is none.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

/** The library's agent keeps no connection; it is needed for a proxy only. */
async function optionsOf(config: KubeConfig, isProxied: boolean): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { agent, ...rest } = options;
  return isProxied ? { ...rest, ...(agent === undefined ? {} : { agent }) } : rest;
}
