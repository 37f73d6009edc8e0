import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Cli } from "#cli/cli";
import { demoFleet, RECORDED, SLACK_SECRET } from "#cli/demo/fleet";
import { logFile } from "#cli/demo/log-file";
import { prepareWorld } from "#cli/demo/world";
import { DATABASE, databaseOf, exists, STORES } from "#cli/stage/folder";
import { openStage, type Stage } from "#cli/stage/stage";
import type { Clock } from "#fleet/clock";
import type { ClusterRecord } from "#fleet/record";
import type { Bus } from "#local/runtime/bus";
import { createRuntime } from "#local/runtime/runtime";
import { skippingClock } from "#local/skipping-clock";
import { copyDatabase, openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import * as wiring from "#stacks/wiring";

/** The records of a stage. TerminalError `no-stage` where there is none. */
export async function stageRecords(folder: string, clock: Clock): Promise<readonly ClusterRecord[]> {
  const db = openDatabase(await databaseOf(folder));
  try {
    return await sqliteRegistry(db, clock).all();
  } finally {
    db.close();
  }
}

/** A stage's clock may have run ahead of the machine's: it never stands before what the records tell. */
export function stageTime(records: readonly ClusterRecord[], now: Date): Date {
  return new Date(Math.max(now.getTime(), ...records.map(({ updatedAt }) => Date.parse(updatedAt))));
}

/**
 * Works with the stage of a folder, its world around it and its clock where it stopped, and closes it. TerminalError
 * `no-stage` where there is none.
 */
export async function withStage<T>(cli: Cli, folder: string, work: (stage: Stage) => Promise<T>): Promise<T> {
  await databaseOf(folder);
  const log = await logFile(join(folder, "log.jsonl"));
  const webhook = cli.env.SLACK_WEBHOOK_URL;
  const clock = skippingClock(cli.clock);
  const stage = await openStage({
    ...{ folder, clock, log: log.write },
    config: demoFleet({
      bucket: resolve(folder, "buckets", RECORDED.name),
      slack: webhook !== undefined && webhook !== "",
    }),
    secrets: { [SLACK_SECRET]: webhook },
    path: cli.env.PATH ?? "",
  });
  try {
    clock.skipTo(stageTime(await stage.ports.registry.all(), clock.now()));
    await prepareWorld(stage);
    return await work(stage);
  } finally {
    await stage.close();
    await log.close();
  }
}

/** The bus of a stage that another process drives: what is put on it is handled there. TerminalError `no-stage`. */
export async function withBus<T>(folder: string, clock: Clock, work: (bus: Bus) => Promise<T>): Promise<T> {
  const db = openDatabase(await databaseOf(folder));
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const handlers = () => async () => undefined;
  try {
    return await work(createRuntime({ db, clock, log: silent, wiring, handlers }));
  } finally {
    db.close();
  }
}

/** As `withStage` with a copy of the stage, so that whatever its controllers do meanwhile nothing is written to the stage itself. */
export async function withStageCopy<T>(cli: Cli, folder: string, work: (stage: Stage) => Promise<T>): Promise<T> {
  const database = await databaseOf(folder);
  const copy = await mkdtemp(join(tmpdir(), `musterbook-plan-${process.pid}-`));
  try {
    copyDatabase(database, join(copy, DATABASE));
    if (await exists(join(folder, STORES))) await cp(join(folder, STORES), join(copy, STORES), { recursive: true });
    return await withStage(cli, copy, work);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
