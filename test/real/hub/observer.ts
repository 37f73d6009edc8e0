import { access } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FleetConfig } from "#config/fleet-config";
import { mirrorConfigMap } from "#test/real/hub/mirror";
import { callApi } from "#test/real/servers/api";
import type { RealCluster } from "#test/real/servers/cluster";
import { type Querier, startQuerier } from "#test/real/servers/querier";
import { serveOn } from "#test/real/servers/reachable";
import { scratchFolder } from "#test/real/servers/scratch";

export interface ObserverOptions {
  readonly cluster: RealCluster;
  readonly observer: FleetConfig["observer"];
  /** Through which the Querier reaches the leaves. */
  readonly proxy: string;
}

/** Shorter than in the field, where nobody waits at a screen. */
const FLAGS = [
  "--endpoint.sd-config-reload-interval=1s",
  "--endpoint.info-timeout=2s",
  "--query.replica-label=prometheus_replica",
];
const ASK_MS = 100;

/** A central Querier that reads a list from a file, as soon as there is one: without it Thanos exits, and is started again. */
export async function startListReader(file: string, proxy: string, flags: readonly string[] = []): Promise<Querier> {
  while (!(await exists(file))) await sleep(ASK_MS);
  return startQuerier({ proxy, flags: [`--endpoint.sd-config-file=${file}`, ...FLAGS, ...flags] });
}

/**
 * A central Querier on a cluster: it reads the mounted ConfigMap, which somebody has made by hand so that it starts, and
 * its API stands behind its Service.
 */
export async function startObserver({ cluster, observer, proxy }: ObserverOptions, flags: readonly string[] = []) {
  const { namespace, endpointsConfigMap: name } = observer;
  const folder = await scratchFolder();
  await createByHand(cluster, { namespace, name });
  const endMirror = await mirrorConfigMap(cluster, { namespace, name }, folder);
  /** A Querier with these flags takes the place behind the Service. */
  async function replace(by: readonly string[]): Promise<Querier> {
    const querier = await startListReader(join(folder, "endpoints.yaml"), proxy, by);
    const { service, port } = observer.querier;
    await serveOn(cluster, { namespace, service, port, backendPort: querier.httpPort });
    return querier;
  }
  return { querier: await replace(flags), replace, close: endMirror };
}

async function createByHand(
  { server, certificateAuthority, adminToken: token }: RealCluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const { status, body } = await callApi({
    url: `${server}/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-create`,
    ...{ certificateAuthority, token, method: "POST", contentType: "application/json" },
    body: JSON.stringify({ metadata: { name }, data: { "endpoints.yaml": "endpoints: []" } }),
  });
  if (status !== 201) throw new Error(`the ConfigMap is refused: ${body.toString()}`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
