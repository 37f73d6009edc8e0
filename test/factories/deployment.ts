import * as v from "valibot";
import type { Bucket } from "#blocks/bucket/bucket";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { fixedClock } from "#fleet/clock";
import { clusterRef } from "#fleet/cluster";
import { handlers } from "#functions/handlers";
import { logTo, SinkLogger } from "#functions/logger";
import type { Ports } from "#functions/ports";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { type LocalClustersOptions, localClusters } from "#local/local-clusters";
import { memoryDns } from "#local/memory-dns";
import { memoryHelm } from "#local/memory-helm";
import { memoryObjectStore } from "#local/memory-object-store";
import { memoryStoreList } from "#local/memory-store-list";
import { bucketOfRecording } from "#local/recorded-bucket";
import { createRuntime } from "#local/runtime/runtime";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import { functionOf, type InstanceName, vpcOf, wiringOf, wiringWith } from "#stacks/vpcs";
import { type FunctionWiring, rules, subscriptions, topics } from "#stacks/wiring";

export const NOW = "2026-11-21T10:00:00.000Z";
const ACCOUNT = "111122223333";
export const OBSERVER = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "observer" });
/** The cluster of the events in `test/events`. */
export const PROD_A = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "prod-a" });

interface DeploymentOptions<F extends InstanceName> {
  /** The functions that are deployed; the messages for the others stay in their queues. */
  readonly only: readonly F[];
  readonly config?: Partial<FleetConfigInput>;
  /** Ports instead of those in memory. */
  readonly ports?: Partial<Ports>;
  /** How EKS fails. */
  readonly eksFault?: NonNullable<LocalClustersOptions["fault"]>;
}

/** Some of the shipped handlers behind the shipped wiring, over ports in memory and a clock that stands still. */
export function deployment<F extends InstanceName>(options: DeploymentOptions<F>) {
  const { only, config = {}, ports: change = {}, eksFault = () => undefined } = options;
  const clock = fixedClock(NOW);
  const db = openDatabase(":memory:");
  const lines: string[] = [];
  const published: string[] = [];
  const logger = new SinkLogger((line) => void lines.push(line));
  const log = logTo(logger);
  const { queues } = wiringWith((config.reach?.vpc ?? []).map(({ id }) => id));
  const picked = Object.fromEntries(only.map((name) => [name, wiringOf(name)])) as Record<F, FunctionWiring>;
  const eks = localClusters({ clock, db, fault: eksFault });
  eks.create(OBSERVER, { tags: { "musterbook:ignore": "true" } });
  const cluster = createEmbeddedCluster({ name: "any", clock });
  cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
  const kube = directKube(cluster);
  const runtime = createRuntime<F>({
    ...{ db, clock, log, wiring: { queues, rules, subscriptions, topics, functions: picked } },
    handlers: (name) => {
      const vpc = vpcOf(name);
      return handlers[functionOf(name)](vpc === undefined ? ports : { ...ports, vpc });
    },
  });
  runtime.subscribe("musterbook-alerts", {}, ({ attributes }) => {
    published.push(`${attributes.id} ${attributes.transition}`);
  });
  const ports: Ports = {
    ...{ clock, log, logger, clusters: eks },
    config: v.parse(FleetConfig, {
      scopes: [{ account: ACCOUNT, regions: ["eu-west-1"] }],
      zone: "obs.example.com",
      principalArn: `arn:aws:iam::${ACCOUNT}:role/musterbook`,
      observer: { cluster: OBSERVER.arn },
      ...config,
    }),
    registry: sqliteRegistry(db, clock),
    alertStates: sqliteAlertStates(db, clock),
    queues: runtime.queues,
    topics: runtime.topics,
    dns: memoryDns({ clock }),
    storeList: memoryStoreList(),
    indexes: memoryObjectStore(),
    reports: memoryObjectStore(),
    connector: { connect: async () => ({ kube, helm: memoryHelm({ kube, clock }) }) },
    uploads: { newestMaxTime: async () => undefined },
    chart: async () => ({
      name: "kube-prometheus-stack",
      version: "88.5.3",
      digest: "sha256:1",
      path: "/chart",
      standIn: true,
    }),
    bucket: ({ url }) => bucketOfRecording([], { url }),
    secret: async () => undefined,
    fetch: async () => new Response("ok"),
    ...change,
  };
  return {
    ...{ clock, runtime, ports, eks, kube },
    /** What was logged, one line of JSON each. */
    lines,
    /** Id and transition of every alert that reached the topic. */
    published,
    /** Ids of the alerts that fire, in alphabetical order. */
    firing: async () => (await ports.alertStates.allFiring()).map(({ alert }) => alert.id).toSorted(),
    /** Lets what is pending be delivered until nothing is, or only what was handed back and waits. */
    settle: () => runtime.runUntilIdle({ maxSteps: 1_000 }),
    /** Sends all, in order, to one queue. */
    sendAll: async (queue: string, bodies: readonly string[]) => {
      for (const body of bodies) await runtime.queues.send(queue, { body });
    },
    /** Bodies of what is in a queue. */
    bodies: (queue: string) => runtime.messages(queue).map(({ body }) => body),
  };
}

/** A bucket that cannot be listed to its end. */
export function brokenBucket(url: string, error: Error): Bucket {
  return {
    url,
    list: async function* () {
      yield [];
      throw error;
    },
    get: async () => undefined,
    getRange: async () => undefined,
  };
}
