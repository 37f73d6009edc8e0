import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createClusterEvent } from "#cli/demo/events";
import type { FleetConfig } from "#config/fleet-config";
import { systemClock } from "#fleet/clock";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import type { MusterbookError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { handlers } from "#functions/handlers";
import { logTo, SinkLogger } from "#functions/logger";
import type { Ports } from "#functions/ports";
import { helmBinary } from "#helm/binary";
import { resolveChart } from "#helm/charts";
import { helmOn } from "#helm/helm";
import { fromDescription } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
import { localClusters, type Scope } from "#local/local-clusters";
import { memoryDns } from "#local/memory-dns";
import { memoryObjectStore } from "#local/memory-object-store";
import { createRuntime } from "#local/runtime/runtime";
import { skippingClock } from "#local/skipping-clock";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import type { ClusterApi, Connector } from "#onboard/ports";
import { type FunctionName, functions, queues, rules, subscriptions, topics } from "#stacks/wiring";
import type { StoreList } from "#stores/store-list";
import type { RealCluster } from "#test/real/servers/cluster";
import { scratchFolder } from "#test/real/servers/scratch";

export interface HubOptions {
  readonly config: FleetConfig;
  readonly storeList: StoreList;
}

const CONCURRENCY = 3;
/** Between two looks at the world, which goes by the machine's time. */
const PAUSE_MS = 500;
const PATIENCE_MS = 100_000;
/** Half of what a function has: a test waits for it. */
const ANSWER_MS = 10_000;

/**
 * The handlers that are deployed, driven by the wiring, with the real Kubernetes client and helm against real API servers.
 * EKS, the zone, the tables and the queues are local. The clock is put forward where only time is awaited.
 */
export async function openHub({ config, storeList }: HubOptions) {
  const clock = skippingClock(systemClock);
  const db = openDatabase(":memory:");
  const servers = new Map<string, RealCluster>();
  const faults: { of: (call: keyof ClusterApi, scope: Scope) => MusterbookError | undefined } = { of: () => undefined };
  const listing: { by: ClusterApi["list"] | undefined } = { by: undefined };
  const eks = localClusters({ clock, db, settleMs: 1_000, fault: (call, scope) => faults.of(call, scope) });
  const dns = memoryDns({ clock });
  const log: string[] = [];
  const logger = new SinkLogger((line) => void log.push(line));
  const { helm: binary } = await helmBinary({ path: process.env.PATH ?? "" });
  const workDir = await scratchFolder();

  const connector: Connector = {
    connect: async (description) => {
      const { server, certificateAuthority, adminToken: token } = serverOf(servers, description.ref.arn);
      const kube = kubeApi(fromDescription(description, token), { timeoutMs: ANSWER_MS });
      const access = { server, certificateAuthority, token };
      return { kube, helm: helmOn({ binary, access, kube, clock, workDir }) };
    },
  };
  const runtime = createRuntime<FunctionName>({
    ...{ db, clock, log: logTo(logger), wiring: { queues, rules, subscriptions, functions, topics } },
    handlers: (name) => (event, context) => handlers[name](ports)(event, context),
  });
  const ports: Ports = {
    ...{ clock, logger, log: logTo(logger), config, dns, storeList, connector },
    clusters: { ...eks, list: (scope) => (listing.by ?? eks.list)(scope) },
    registry: sqliteRegistry(db, clock),
    alertStates: sqliteAlertStates(db, clock),
    indexes: memoryObjectStore(),
    reports: memoryObjectStore(),
    queues: runtime.queues,
    topics: runtime.topics,
    uploads: { newestMaxTime: async () => undefined },
    chart: (name) => resolveChart({ name, standIn: "allowed" }),
    bucket: ({ url }) => {
      throw new Error(`no bucket is audited here: ${url}`);
    },
    secret: async () => undefined,
    fetch,
  };

  const recordOf = async (ref: ClusterRef): Promise<ClusterRecord | undefined> =>
    (await ports.registry.get(ref.arn))?.record;

  /** Delivers what is to be delivered, putting the clock forward to what comes next, until the world is so. */
  async function driveUntil(isSo: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      await runtime.runUntilIdle({ concurrency: CONCURRENCY, maxSteps: 1_000 });
      if (await isSo()) return;
      if (performance.now() > end) throw new Error(await stuck());
      await sleep(PAUSE_MS);
      const next = runtime.nextAt();
      if (next !== undefined) clock.skipTo(next);
    }
  }

  /** Lets so much time pass, with all that is due in it. */
  async function pass(minutes: number): Promise<void> {
    const end = clock.now().getTime() + minutes * 60_000;
    for (;;) {
      await runtime.runUntilIdle({ concurrency: CONCURRENCY, maxSteps: 1_000 });
      const next = runtime.nextAt()?.getTime() ?? end;
      clock.skipTo(new Date(Math.min(next, end)));
      if (next > end) return;
    }
  }

  async function stuck(): Promise<string> {
    const lines = (await ports.registry.all()).map(
      ({ arn, phase, step, reason, message }) => `${arn}: ${phase} at ${step}: ${reason}: ${message}`,
    );
    return ["the hub has not come so far:", ...lines, ...log.slice(-20)].join("\n");
  }

  return {
    ...{ clock, dns, eks, log, ports, recordOf, driveUntil, pass },
    /** What goes wrong from now on: calls of EKS that fail, and who answers its listings instead. */
    spoil: (how: { readonly fault?: typeof faults.of; readonly list?: ClusterApi["list"] }) => {
      faults.of = how.fault ?? (() => undefined);
      listing.by = how.list;
    },
    /** As if the table had been deleted and made anew. */
    wipeRegistry: () => db.exec("DELETE FROM cluster"),
    /** A cluster of EKS with a real API server behind it. */
    create: (ref: ClusterRef, server: RealCluster) => {
      servers.set(ref.arn, server);
      const { server: endpoint, certificateAuthority } = server;
      eks.create(ref, { endpoint, certificateAuthority, tags: { stage: "prod" } });
    },
    /** CloudTrail tells that somebody has made the call. */
    tell: (eventName: "CreateCluster" | "DeleteCluster" | "UpdateClusterConfig", ref: ClusterRef) =>
      runtime.serviceEvent(eventOf(eventName, ref)),
    close: () => db.close(),
  };

  function eventOf(eventName: string, ref: ClusterRef): object {
    const event = createClusterEvent(ref, clock.now(), randomUUID());
    return { ...event, detail: { ...("detail" in event ? (event.detail as object) : {}), eventName } };
  }
}

function serverOf(servers: ReadonlyMap<string, RealCluster>, arn: string): RealCluster {
  const found = servers.get(arn);
  if (found === undefined) throw new Error(`no API server stands behind ${parseClusterArn(arn)?.name ?? arn}`);
  return found;
}
