import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import type { FleetConfig } from "#config/fleet-config";
import { endpointServiceOf, prometheusOf, workloadsOf } from "#onboard/desired";
import type { KubeApi } from "#onboard/ports";
import { type Prometheus, startPrometheus } from "#test/real/servers/prometheus";
import { type Querier, startQuerier } from "#test/real/servers/querier";
import { type Sidecar, startSidecar } from "#test/real/servers/sidecar";
import type { TlsFiles } from "#test/real/servers/tls-files";

/** What runs on a monitored cluster, one replica of each. */
export interface Leaf {
  /** Name of the load balancer that its Service got. */
  readonly loadBalancer: string;
  /** Of the StoreAPI behind it, on loopback. */
  readonly grpcPort: number;
  readonly prometheus: Prometheus;
  readonly sidecar: Sidecar;
  /** Undefined where the sidecar itself is exposed. */
  readonly querier: Querier | undefined;
}

export interface LeafOptions {
  readonly kube: KubeApi;
  readonly config: Pick<FleetConfig, "leaf">;
  /** What stands behind the load balancer: the leaf Querier that we ship, or the sidecar, as others have it. */
  readonly exposes: "leaf-querier" | "sidecar";
  readonly tls: TlsFiles;
}

const Installed = v.object({
  prometheus: v.object({
    spec: v.object({
      externalLabels: v.record(v.string(), v.string()),
      replicaExternalLabelName: v.string(),
    }),
  }),
  query: v.object({
    spec: v.object({
      template: v.object({ spec: v.object({ containers: v.tuple([v.object({ args: v.array(v.string()) })]) }) }),
    }),
  }),
  service: v.object({
    status: v.object({
      loadBalancer: v.object({ ingress: v.tuple([v.object({ hostname: v.string() })]) }),
    }),
  }),
});
type Installed = v.InferOutput<typeof Installed>;

const ASK_MS = 250;

/** Stands for the operator and the kubelet: waits for what helm installs, and runs it as that says. */
export async function startLeaf(options: LeafOptions): Promise<Leaf> {
  const { config, exposes, tls } = options;
  const installed = await awaitInstalled(options);
  const { externalLabels, replicaExternalLabelName } = installed.prometheus.spec;
  const replica = `prometheus-${config.leaf.release}-0`;
  const prometheus = await startPrometheus({
    externalLabels: { ...externalLabels, [replicaExternalLabelName]: replica },
  });
  const sidecar = await startSidecar(exposes === "sidecar" ? { prometheus, tls } : { prometheus });
  const querier = exposes === "sidecar" ? undefined : await startQuerier({ flags: flagsOf(installed, sidecar, tls) });
  const [{ hostname: loadBalancer }] = installed.service.status.loadBalancer.ingress;
  return { loadBalancer, grpcPort: querier?.grpcPort ?? sidecar.grpcPort, prometheus, sidecar, querier };
}

async function awaitInstalled({ kube, config }: LeafOptions): Promise<Installed> {
  const [prometheus, query] = [prometheusOf(config), workloadsOf(config)[1]];
  if (query === undefined) throw new Error("the leaf Querier is not among the workloads");
  for (;;) {
    const found = {
      prometheus: await kube.get(prometheus),
      query: await kube.get(query),
      service: await kube.get(endpointServiceOf(config)),
    };
    const parsed = v.safeParse(Installed, found);
    if (parsed.success) return parsed.output;
    await sleep(ASK_MS);
  }
}

/** The flags of the Deployment, but for what is elsewhere on this machine: its ports, the sidecars' name and the mounted files. */
function flagsOf({ query }: Installed, sidecar: Sidecar, tls: TlsFiles): readonly string[] {
  const [{ args }] = query.spec.template.spec.containers;
  const [command, ...flags] = args;
  if (command !== "query") throw new Error(`the leaf Querier runs thanos ${command}`);
  const files = { "tls.crt": tls.certFile, "tls.key": tls.keyFile, "ca.crt": tls.caFile };
  const mounted = (flag: string): string =>
    Object.entries(files).reduce((text, [name, file]) => text.replace(`/etc/thanos/tls/${name}`, file), flag);
  return flags
    .filter((flag) => !/^--(?:grpc|http)-address=/.test(flag))
    .map((flag) => mounted(flag).replace(/^--endpoint=dnssrv\+.*$/, `--endpoint=127.0.0.1:${sidecar.grpcPort}`));
}
