import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { cacheFolder, type Tell } from "#test/real/programs/provision";
import { ProvisionError } from "#test/real/programs/run";
import { startSet } from "#test/real/servers/set";

/** One process keeps the servers of `real up`: they end with it. */
const STATE = v.object({ pid: v.number(), addresses: v.record(v.string(), v.string()) });
type State = v.InferOutput<typeof STATE>;

const ASK_MS = 200;
const PATIENCE_MS = 120_000;
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** Starts the set in a process of its own, if it is not there yet, and tells the addresses. */
export async function up(tell: Tell): Promise<void> {
  const kept = await readState();
  const { addresses } = kept !== undefined && isAlive(kept.pid) ? kept : await begin(tell);
  const width = Math.max(...Object.keys(addresses).map((name) => name.length));
  for (const [name, address] of Object.entries(addresses)) process.stdout.write(`${name.padEnd(width)}  ${address}\n`);
  tell("Stop it all with: npm run real -- down");
}

/** Stops the set and waits until it is gone. */
export async function down(tell: Tell): Promise<void> {
  const kept = await readState();
  if (kept === undefined || !isAlive(kept.pid)) return tell("Nothing is running.");
  process.kill(kept.pid, "SIGTERM");
  await until(async () => !isAlive(kept.pid));
  tell("Stopped.");
}

/** The keeping process: starts the set, says where it is, and stops it when it is told to. */
export async function keep(): Promise<void> {
  const asked = Promise.race((["SIGTERM", "SIGINT", "SIGHUP"] as const).map((signal) => once(process, signal)));
  const set = await startSet();
  const state: State = { pid: process.pid, addresses: set.addresses };
  const fresh = `${stateFile()}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(state, null, 2));
  await rename(fresh, stateFile());
  const idle = setInterval(() => undefined, 60_000);
  await asked;
  clearInterval(idle);
  await set.stop();
  await rm(stateFile(), { force: true });
}

async function begin(tell: Tell): Promise<State> {
  await mkdir(cacheFolder(), { recursive: true });
  await rm(stateFile(), { force: true });
  const logFile = join(cacheFolder(), "keeper.log");
  const log = await open(logFile, "w");
  const child = spawn(process.execPath, [MAIN, "keep"], { detached: true, stdio: ["ignore", log.fd, log.fd] });
  child.unref();
  await log.close();
  tell("starting the servers");
  await until(async () => {
    if (child.exitCode !== null)
      throw new ProvisionError(`the servers did not start:\n${await readFile(logFile, "utf8")}`);
    return (await readState()) !== undefined;
  });
  const state = await readState();
  if (state === undefined) throw new ProvisionError("the servers stopped again at once");
  return state;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end)
      throw new ProvisionError(`gave up after ${PATIENCE_MS / 1000} s; see ${cacheFolder()}`);
    await sleep(ASK_MS);
  }
}

async function readState(): Promise<State | undefined> {
  try {
    return v.parse(STATE, JSON.parse(await readFile(stateFile(), "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function stateFile(): string {
  return join(cacheFolder(), "running.json");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: there is no such process, which is the answer.
    return false;
  }
}
