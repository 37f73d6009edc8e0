import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { uploadsFromIndex } from "#blocks/uploads";
import { openBucket } from "#cli/open-bucket";
import { DATABASE, INDEXES, REPORTS, STORES } from "#cli/stage/folder";
import { type LocalFleet, localFleet } from "#cli/stage/local-fleet";
import { lockStage } from "#cli/stage/lock";
import type { FleetConfig } from "#config/fleet-config";
import { handlers } from "#functions/handlers";
import { logTo, SinkLogger } from "#functions/logger";
import type { Ports } from "#functions/ports";
import { resolveChart } from "#helm/charts";
import { fileObjectStore } from "#local/file-object-store";
import { fileStoreList } from "#local/file-store-list";
import { type LocalClusters, localClusters } from "#local/local-clusters";
import { sqliteDns } from "#local/memory-dns";
import { createRuntime, type Runtime } from "#local/runtime/runtime";
import type { SkippingClock } from "#local/skipping-clock";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import { functionOf, type InstanceName, vpcOf, wiringWith } from "#stacks/vpcs";
import { rules, subscriptions, topics } from "#stacks/wiring";

/** All of Musterbook on this machine: the shipped handlers, what drives them, and a small world for them to act on. */
export interface Stage {
  readonly runtime: Runtime<InstanceName>;
  readonly ports: Ports;
  readonly clock: SkippingClock;
  readonly eks: LocalClusters;
  readonly fleet: LocalFleet;
  close(): Promise<void>;
}

export interface StageOptions {
  /** Where its state lives; made if it is missing. */
  readonly folder: string;
  readonly config: FleetConfig;
  readonly clock: SkippingClock;
  /** Log lines of the handlers. */
  readonly log: (line: string) => void;
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** Search path for helm where the layer's binary does not run. */
  readonly path: string;
}

/** Opens the stage in a folder, or makes a new one, for this process alone. What was in flight when it was closed comes again, as on AWS. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { folder, clock, path } = options;
  const workDir = join(folder, "helm");
  await mkdir(workDir, { recursive: true });
  const unlock = await lockStage(folder);
  const db = await openOrUnlock(join(folder, DATABASE), unlock);
  const logger = new SinkLogger(options.log);
  const log = logTo(logger);
  const fleet = localFleet({ db, clock, workDir, path });
  const eks = localClusters({ clock, db, settleMs: CREATING_MS });
  const runtime = createRuntime<InstanceName>({
    db,
    clock,
    log,
    wiring: { ...wiringWith(options.config.reach.vpc.map(({ id }) => id)), rules, subscriptions, topics },
    // The clock is only put forward between deliveries: while a function runs it goes as the machine's does.
    enforceTimeouts: true,
    // Invocations overlap here, and each logs under its own name.
    handlers: (name) => {
      const own = new SinkLogger(options.log);
      const vpc = vpcOf(name);
      const at = vpc === undefined ? {} : { vpc };
      return handlers[functionOf(name)]({ ...ports, ...at, logger: own, log: logTo(own) });
    },
  });
  const ports: Ports = {
    ...{ clock, log, logger, clusters: eks, connector: fleet, queues: runtime.queues, topics: runtime.topics },
    ...storage(options, db),
  };
  const close = async (): Promise<void> => {
    await fleet.close();
    db.close();
    await unlock();
  };
  return { runtime, ports, clock, eks, fleet, close };
}

/** The ports that need neither the runtime nor the clusters. */
function storage({ folder, config, clock, secrets }: StageOptions, db: DatabaseSync) {
  const indexes = fileObjectStore(join(folder, INDEXES));
  return {
    config,
    indexes,
    reports: fileObjectStore(join(folder, REPORTS)),
    registry: sqliteRegistry(db, clock),
    alertStates: sqliteAlertStates(db, clock),
    dns: sqliteDns(db, { clock }),
    storeList: fileStoreList(join(folder, STORES)),
    uploads: uploadsFromIndex({ indexes, urls: config.buckets.map(({ url }) => url) }),
    chart: (name) => resolveChart({ name, standIn: "allowed" }),
    bucket: ({ url, endpoint, region }) => openBucket(url, { endpoint, region }),
    secret: async (name) => secrets[name],
    fetch,
  } satisfies Partial<Ports>;
}

async function openOrUnlock(path: string, unlock: () => Promise<void>): Promise<DatabaseSync> {
  try {
    return openDatabase(path);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** EKS takes ten minutes and more; by this clock nobody waits for them. */
const CREATING_MS = 10 * 60_000;
