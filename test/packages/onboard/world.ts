import * as v from "valibot";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { fixedClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import type { Log } from "#fleet/log";
import type { ClusterRecord } from "#fleet/record";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { type LocalClustersOptions, localClusters } from "#local/local-clusters";
import { memoryDns } from "#local/memory-dns";
import { type HelmFault, memoryHelm } from "#local/memory-helm";
import { memoryStoreList } from "#local/memory-store-list";
import { localQuerier } from "#local/querier";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import type { ClusterDescription } from "#onboard/ports";
import { type Look, type LookPorts, lookUntilItWaits } from "#onboard/reconcile";
import { publishStoreList } from "#stores/publish";

export const START = "2026-11-21T10:00:00.000Z";
export const OBSERVER = clusterRef({ account: "111122223333", region: "eu-west-1", name: "observer" });
export const DEV = clusterRef({ account: "111122223333", region: "eu-west-1", name: "dev-7" });

/** EKS's word on `DEV` once it is active. */
export const ACTIVE_DEV: ClusterDescription = {
  ref: DEV,
  status: "ACTIVE",
  createdAt: "2026-11-21T09:00:00.000Z",
  version: "1.36",
  endpoint: "https://dev-7.invalid",
  certificateAuthority: null,
  authenticationMode: "API",
  endpointPublicAccess: true,
  endpointPrivateAccess: true,
  publicAccessCidrs: ["0.0.0.0/0"],
  vpcId: "vpc-0abc",
  autoMode: false,
  tags: {},
};

const MINUTE = 60_000;

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export function fleetConfig(changes: Partial<FleetConfigInput> = {}): FleetConfig {
  return v.parse(FleetConfig, {
    scopes: [{ account: "111122223333", regions: ["eu-west-1"] }],
    newClusters: { mode: "manage", since: START },
    zone: "obs.example.com",
    principalArn: "arn:aws:iam::111122223333:role/musterbook",
    observer: { cluster: OBSERVER.arn },
    ...changes,
  });
}

/** A fleet in memory, with every port's local adapter, an observer whose Querier reads the store list, and a clock that stands still. */
export function createWorld(changes: Partial<FleetConfigInput> = {}, eks: Pick<LocalClustersOptions, "fault"> = {}) {
  const clock = fixedClock(START);
  const clusters = localClusters({ clock, settleMs: 5 * MINUTE, ...eks });
  const dns = memoryDns({ clock });
  const storeList = memoryStoreList();
  const servers = new Map<string, EmbeddedCluster>();
  const faults: HelmFault[] = [];
  const newest = new Map<string, number>();
  let writes = 0;
  let registry = sqliteRegistry(openDatabase(":memory:"), clock);
  let config = fleetConfig(changes);
  let vpc: string | undefined;

  function server(ref: ClusterRef): EmbeddedCluster {
    const known = servers.get(ref.arn);
    if (known !== undefined) return known;
    const made = createEmbeddedCluster({ name: ref.name, region: ref.region, clock });
    made.onWrite(() => {
      writes += 1;
    });
    servers.set(ref.arn, made);
    return made;
  }

  const kubeOf = (ref: ClusterRef) => directKube(server(ref));
  const helmOf = (ref: ClusterRef) => memoryHelm({ kube: kubeOf(ref), clock, fault: () => faults.shift() });

  /** What answers behind an address: the Prometheus of the cluster that the zone says it belongs to. */
  function labelSets(address: string): readonly Readonly<Record<string, string>>[] | undefined {
    const owner = dns.records().find(({ name }) => address === `${name}:10901`)?.owner;
    const [prometheus] = servers.get(owner ?? "")?.store.list("monitoring.coreos.com/prometheuses") ?? [];
    const spec = prometheus?.spec as { externalLabels?: Readonly<Record<string, string>> } | undefined;
    const labels = spec?.externalLabels;
    return labels === undefined ? undefined : [0, 1].map((n) => ({ ...labels, prometheus_replica: `prometheus-${n}` }));
  }

  let listed: readonly string[] = [];
  const querier = localQuerier({
    addresses: async () => listed,
    leaf: async (address) => {
      const sets = labelSets(address);
      return sets && { labelSets: sets };
    },
    now: () => clock.now(),
  });
  clusters.create(OBSERVER, { tags: { "musterbook:ignore": "true" } });
  server(OBSERVER).put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
  const service = { apiVersion: "v1", kind: "Service", metadata: { namespace: "monitoring", name: "thanos-query" } };
  server(OBSERVER).put({ ...service, spec: { ports: [{ port: 9090 }] } });
  server(OBSERVER).serve({ namespace: "monitoring", service: "thanos-query" }, querier);
  clock.advance(5 * MINUTE);

  const ports = (): LookPorts => ({
    clock,
    log: SILENT,
    registry,
    clusters,
    connector: { connect: async ({ ref }) => ({ kube: kubeOf(ref), helm: helmOf(ref) }) },
    dns,
    storeList,
    uploads: { newestMaxTime: async ({ cluster = "" }) => newest.get(cluster) },
    chart: async () => ({
      name: "kube-prometheus-stack",
      version: "1.0.0",
      digest: "d1",
      path: "/chart",
      standIn: true,
    }),
    config,
    ...(vpc === undefined ? {} : { vpc }),
    deadline: new Date(clock.now().getTime() + 15 * MINUTE),
  });

  async function publish(): Promise<void> {
    const { storesTls: tls } = config;
    const { state } = await publishStoreList({ storeList, records: await registry.all(), tls, now: clock.now() });
    listed = state.entries.map(({ address }) => address);
  }

  return {
    clock,
    clusters,
    dns,
    faults,
    newest,
    server,
    kubeOf,
    helmOf,
    ports,
    publish,
    writes: () => writes,
    listed: () => listed,
    configure: (next: Partial<FleetConfigInput>) => {
      config = fleetConfig({ ...changes, ...next });
    },
    /** From now on it is the reconciler of a VPC that looks. */
    enter: (id: string) => {
      vpc = id;
    },
    wipeRegistry: () => {
      registry = sqliteRegistry(openDatabase(":memory:"), clock);
    },
    record: async (ref: ClusterRef): Promise<ClusterRecord | undefined> => (await registry.get(ref.arn))?.record,
    version: async (ref: ClusterRef): Promise<number | undefined> => (await registry.get(ref.arn))?.version,
    look: (ref: ClusterRef): Promise<Look> => lookUntilItWaits(ref, ports()),
    /** Looks, failures notwithstanding, until nobody asks for another look. */
    async settle(ref: ClusterRef): Promise<void> {
      for (let looks = 0; looks < 60; looks++) {
        const { again } = await lookUntilItWaits(ref, ports());
        await publish();
        if (again === null) return;
        if (again instanceof Date && again > clock.now()) clock.set(again);
      }
    },
    /** Looks as the queue and the tick would, the list being published in between, until nobody asks for another look or `looks` are over. */
    async run(ref: ClusterRef, looks = 20): Promise<Look> {
      let look = await lookUntilItWaits(ref, ports());
      for (let count = 1; count < looks && look.again !== null && look.outcome !== "failed"; count++) {
        await publish();
        if (look.again instanceof Date && look.again > clock.now()) clock.set(look.again);
        look = await lookUntilItWaits(ref, ports());
      }
      return look;
    },
  };
}

/** A cluster on which all is done. */
export async function onboarded(...given: Parameters<typeof createWorld>) {
  const world = createWorld(...given);
  world.clusters.create(DEV, { tags: { stage: "dev" } });
  await world.run(DEV);
  return world;
}

/** A cluster that is active and has never been looked at. */
export function active(
  given: Parameters<ReturnType<typeof createWorld>["clusters"]["create"]>[1] = {},
  ...of: Parameters<typeof createWorld>
) {
  const world = createWorld(...of);
  world.clusters.create(DEV, given);
  world.clock.advance(5 * 60_000);
  return world;
}
