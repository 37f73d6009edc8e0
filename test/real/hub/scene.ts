import { join } from "node:path";
import type { ClusterRef } from "#fleet/cluster";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import { fileStoreList } from "#local/file-store-list";
import { certificateAuthority } from "#local/kubernetes/certificate";
import { endpointOf } from "#onboard/endpoint";
import type { KubeApi } from "#onboard/ports";
import { fleetConfig, OBSERVER } from "#test/real/hub/fleet";
import { openHub } from "#test/real/hub/hub";
import { type Leaf, type LeafOptions, startLeaf } from "#test/real/hub/leaf";
import { startNames } from "#test/real/hub/names";
import { startObserver } from "#test/real/hub/observer";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { playNodes } from "#test/real/servers/nodes";
import type { Server } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";
import { writeTlsFiles } from "#test/real/servers/tls-files";

export type Scene = Awaited<ReturnType<typeof startScene>>;

/**
 * A hub, an observer with a Querier, and clusters: an API server for each. `clusters` are the managed ones; `querierFlags`
 * are for the observer's Querier besides its own.
 */
export async function startScene(clusters: readonly ClusterRef[], querierFlags: readonly string[] = []) {
  const authority = certificateAuthority("leaves and their Querier");
  const config = fleetConfig(await writeTlsFiles(authority, { name: "querier" }));
  const folder = await scratchFolder();
  const servers = await startServers([OBSERVER, ...clusters]);
  const hub = await openHub({ config, storeList: fileStoreList(folder) });
  for (const [ref, { cluster }] of servers) hub.create(ref, cluster);
  const names = await startNames(hub.dns);
  const observerCluster = serverOf(servers, OBSERVER).cluster;
  const { namespace } = config.observer;
  await kubeOf(serverOf(servers, OBSERVER)).apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const observed = { cluster: observerCluster, observer: config.observer, proxy: names.proxy };
  const observer = await startObserver(observed, querierFlags);
  const programs: Server[] = [observer.querier];

  /** Runs a leaf as helm installs it there, and lets its load balancer lead to it. */
  async function runLeaf(ref: ClusterRef, exposes: LeafOptions["exposes"]): Promise<Leaf> {
    const { host } = endpointOf(ref, config);
    const tls = await writeTlsFiles(authority, { name: ref.name, hosts: [host] });
    const leaf = await startLeaf({ kube: kubeOf(serverOf(servers, ref)), config, exposes, tls });
    names.lead(leaf.loadBalancer, leaf.grpcPort);
    programs.push(leaf.prometheus, leaf.sidecar, ...(leaf.querier === undefined ? [] : [leaf.querier]));
    return leaf;
  }

  return {
    ...{ config, hub, names, observer, observerCluster, runLeaf },
    /** Another Querier, with these flags besides its own, behind the observer's Service. */
    replaceQuerier: async (flags: readonly string[]) => {
      programs.push(await observer.replace(flags));
    },
    addressOf: (ref: ClusterRef) => endpointOf(ref, config).address,
    /** `endpoints.yaml` beside the list that the hub keeps. */
    listFile: join(folder, "endpoints.yaml"),
    async close() {
      await observer.close();
      // Thanos takes its time over a good-bye.
      await Promise.all(programs.map((program) => program.kill()));
      names.close();
      hub.close();
      await Promise.all([...servers.values()].map(({ nodes }) => nodes.stop()));
      await Promise.all([...servers.values()].map(({ cluster }) => cluster.stop()));
    },
  };
}

type Servers = ReadonlyMap<ClusterRef, Awaited<ReturnType<typeof startServer>>>;

async function startServers(refs: readonly ClusterRef[]): Promise<Servers> {
  return new Map(await Promise.all(refs.map(async (ref) => [ref, await startServer()] as const)));
}

async function startServer() {
  const cluster: RealCluster = await startCluster();
  return { cluster, nodes: await playNodes(cluster) };
}

function serverOf(servers: Servers, ref: ClusterRef) {
  const found = servers.get(ref);
  if (found === undefined) throw new Error(`${ref.name} is not in this scene`);
  return found;
}

function kubeOf({ cluster: { kubeconfig: file } }: { readonly cluster: RealCluster }): KubeApi {
  return kubeApi(fromKubeconfig({ file }));
}
