import * as v from "valibot";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";
import { pagesOf } from "#blocks/bucket/listing";
import { createClusterEvent } from "#cli/demo/events";
import { FleetConfig } from "#config/fleet-config";
import { fixedClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { handlers } from "#functions/handlers";
import { logTo, SinkLogger } from "#functions/logger";
import type { Ports } from "#functions/ports";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { localClusters } from "#local/local-clusters";
import { memoryDns } from "#local/memory-dns";
import { memoryHelm } from "#local/memory-helm";
import { memoryObjectStore } from "#local/memory-object-store";
import { memoryStoreList } from "#local/memory-store-list";
import { localQuerier } from "#local/querier";
import { createRuntime } from "#local/runtime/runtime";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import type { KubeApi } from "#onboard/ports";
import { type FunctionName, functions, queues, rules, subscriptions, topics } from "#stacks/wiring";
import { parseEndpoints } from "#stores/endpoints-yaml";
import { crashable, type EffectMeter, invocationOf } from "#test/simulation/effects";

/** The observer is older than everything else. */
const BEFORE = "2026-11-20T10:00:00.000Z";
const START = "2026-11-21T10:00:00.000Z";
const ACCOUNT = "111122223333";
export const REF = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "shop-1" });
/** A cluster with a private endpoint: the one alert of onboarding. */
export const PRIVATE_REF = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "bank-1" });
const OBSERVER = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "observer" });
const BUCKET = "s3://blocks";

const CONFIG = v.parse(FleetConfig, {
  scopes: [{ account: ACCOUNT, regions: ["eu-west-1"] }],
  newClusters: { mode: "manage", since: START },
  modes: [{ select: { name: "observer" }, mode: "observe" }],
  zone: "obs.example.com",
  principalArn: `arn:aws:iam::${ACCOUNT}:role/musterbook`,
  observer: { cluster: OBSERVER.arn },
  buckets: [{ url: BUCKET, recordedAt: "2026-11-20T09:10:00Z" }],
});

export type World = ReturnType<typeof createWorld>;

/** Sees, or replaces, the outside of one invocation. */
export type Tap = (name: FunctionName, ports: Ports) => Ports;

/** Musterbook as it is shipped (handlers and wiring), over local adapters in memory and a clock that only jumps. */
export function createWorld(meter: EffectMeter, tap: Tap = (_, ports) => ports) {
  const clock = fixedClock(BEFORE);
  const db = openDatabase(":memory:");
  const eks = localClusters({ clock, db });
  const dns = memoryDns({ clock });
  const storeList = memoryStoreList();
  const indexes = memoryObjectStore();
  const reports = memoryObjectStore();
  const servers = new Map<string, EmbeddedCluster>();
  const logger = new SinkLogger(() => undefined);
  const log = logTo(logger);
  const published: { readonly id: string; readonly alert: string }[] = [];

  const server = (arn: string): EmbeddedCluster => {
    const made = servers.get(arn) ?? createEmbeddedCluster({ name: arn, clock });
    servers.set(arn, made);
    return made;
  };
  const kubeOf = (ref: ClusterRef): KubeApi => directKube(server(ref.arn));
  serveQuerier();
  clock.set(START);

  const runtime = createRuntime<FunctionName>({
    ...{ db, clock, log, wiring: { queues, rules, subscriptions, functions, topics } },
    handlers: (name) => async (event, context) => {
      const invocation = invocationOf(meter);
      const answer = await handlers[name](crashable(tap(name, portsOf(invocation)), invocation))(event, context);
      invocation.confirmAlive();
      return answer;
    },
    random: seeded(),
  });
  runtime.subscribe("musterbook-alerts", {}, ({ message, attributes }) => {
    const { id } = v.parse(v.object({ id: v.string() }), JSON.parse(message));
    published.push({ id, alert: `${attributes.id} ${attributes.cluster} ${attributes.transition}` });
  });
  const registry = sqliteRegistry(db, clock);
  const alertStates = sqliteAlertStates(db, clock);

  function portsOf(invocation: ReturnType<typeof invocationOf>): Ports {
    return {
      ...{ clock, log, logger, registry, alertStates, dns, storeList, clusters: eks, config: CONFIG },
      connector: {
        connect: async ({ ref }) => {
          const kube = crashable(kubeOf(ref), invocation, "kube");
          return { kube, helm: memoryHelm({ kube, clock }) };
        },
      },
      queues: runtime.queues,
      topics: runtime.topics,
      uploads: { newestMaxTime: async () => undefined },
      chart: async () => ({
        name: "kube-prometheus-stack",
        version: "88.5.3",
        digest: "sha256:1",
        path: "/chart",
        standIn: true,
      }),
      bucket: overlappingBucket,
      indexes,
      reports,
      secret: async () => undefined,
      fetch,
    };
  }

  function serveQuerier(): void {
    eks.create(OBSERVER);
    const observer = server(OBSERVER.arn);
    observer.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
    const map = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };
    const addresses = async (): Promise<readonly string[]> => {
      const found = v.safeParse(
        v.object({ data: v.object({ "endpoints.yaml": v.string() }) }),
        await kubeOf(OBSERVER).get(map),
      );
      const endpoints = found.success ? parseEndpoints(found.output.data["endpoints.yaml"]) : undefined;
      return endpoints?.ok ? endpoints.value.map(({ address }) => address) : [];
    };
    observer.serve(
      { namespace: "monitoring", service: "thanos-query" },
      localQuerier({ addresses, leaf: leafAt, now: () => clock.now() }),
    );
  }

  async function leafAt(address: string) {
    const owner = dns.records().find(({ name }) => address === `${name}:10901`)?.owner ?? "";
    const [prometheus] = servers.get(owner)?.store.list("monitoring.coreos.com/prometheuses") ?? [];
    const Spec = v.object({ spec: v.object({ externalLabels: v.record(v.string(), v.string()) }) });
    const parsed = v.safeParse(Spec, prometheus);
    return parsed.success ? { labelSets: [parsed.output.spec.externalLabels] } : undefined;
  }

  return {
    clock,
    eks,
    dns,
    runtime,
    published,
    kubeOf,
    storeList,
    alertStates,
    records: () => registry.all(),
    server: (ref: ClusterRef) => server(ref.arn),
    /** Everything in the clusters and the zone, to the letter. */
    outside: () =>
      JSON.stringify([
        [...servers].map(([arn, { store }]) => [arn, [...store.resources()].map((resource) => store.list(resource))]),
        dns.records(),
      ]),
    /** As if the table had been deleted and made anew. */
    wipeRegistry: () => db.exec("DELETE FROM cluster"),
    createEvent: (ref: ClusterRef) => createClusterEvent(ref, clock.now(), `event-${ref.name}`),
  };
}

/** Ids that are the same in every run. */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Two level-1 blocks of one stream over the same window: the one alert of the audit. */
function overlappingBucket(): Bucket {
  const contents = new Map(
    ["01M7VW2Y9CZ3WJ892NSEBPVSXH", "01M7VW3DCVHXXGGYDYQSPC7RD6"].map((ulid) => [`${ulid}/meta.json`, metaOf(ulid)]),
  );
  const lastModified = Date.parse("2026-11-20T07:00:00Z");
  const objects = [...contents].flatMap(([key, text]): ObjectEntry[] => [
    { key: key.replace("meta.json", "index"), size: 10, lastModified, etag: "1", storageClass: "STANDARD" },
    { key, size: text.length, lastModified, etag: "1", storageClass: "STANDARD" },
  ]);
  return {
    url: BUCKET,
    list: async function* (options = {}) {
      yield* pagesOf(objects, options, 1000);
    },
    get: async (key) => {
      const text = contents.get(key);
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    getRange: async () => undefined,
  };
}

function metaOf(ulid: string): string {
  return JSON.stringify({
    ulid,
    minTime: Date.parse("2026-11-20T04:00:00Z"),
    maxTime: Date.parse("2026-11-20T06:00:00Z"),
    stats: { numSamples: ulid.endsWith("H") ? 10 : 12, numSeries: 1, numChunks: 1 },
    compaction: { level: 1, sources: [ulid] },
    version: 1,
    thanos: {
      labels: { cluster: "shop-1", prometheus_replica: "0" },
      downsample: { resolution: 0 },
      source: "sidecar",
      files: [{ rel_path: "index", size_bytes: 10 }, { rel_path: "meta.json" }],
    },
  });
}
