import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** SIGTERM, and SIGKILL when it does not heed it. May be called again. */
  stop(): Promise<void>;
  /** SIGKILL at once. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** For messages and the log's name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to PATH, HOME and a TMPDIR that goes with the server; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Asked again and again until it says yes. */
  readonly ready: () => Promise<boolean>;
  readonly patienceMs?: number;
}

const running = new Set<Server>();
const ASK_MS = 50;
const GRACE_MS = 5_000;
const PATIENCE_MS = 60_000;

/**
 * Starts a program and waits until it is ready. It ends with this process whatever happens to it: the kernel
 * kills it when its parent dies (prctl PR_SET_PDEATHSIG, by setpriv of util-linux).
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), `musterbook-${options.name}-`));
  const logFile = join(folder, `${options.name}.log`);
  const log = openSync(logFile, "a");
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("setpriv", ["--pdeathsig", "KILL", options.command, ...options.args], {
    env: { PATH, HOME, TMPDIR: folder, ...options.env },
    cwd: options.cwd ?? folder,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = once(child, "close").catch((error: unknown) => error);
  const isOver = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!isOver()) child.kill(signal);
    const giveUp = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(giveUp);
    running.delete(server);
    await rm(folder, { recursive: true, force: true });
  };
  const server: Server = {
    name: options.name,
    pid: child.pid ?? 0,
    logFile,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
  running.add(server);
  await becomesReady(options, isOver).catch(async (error: unknown) => {
    const said = await logTail(server);
    await server.kill();
    throw new Error(`${options.name} did not become ready:\n${said}`, { cause: error });
  });
  return server;
}

async function becomesReady({ ready, patienceMs = PATIENCE_MS }: ServerOptions, isOver: () => boolean): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await ready())) {
    if (isOver()) throw new Error("it ended");
    if (performance.now() > until) throw new Error(`it was not ready after ${patienceMs} ms`);
    await sleep(ASK_MS);
  }
}

/** Readiness by HTTP: any 2xx. */
export function answers(url: string): () => Promise<boolean> {
  return async () => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      // Nobody listens yet: that is what is being asked.
      return false;
    }
  };
}

// Below the ports that Linux gives to outgoing connections: none of those can take one before its server does.
const FIRST_PORT = 12_000;
const LAST_PORT = 32_000;
const given = new Set<number>();

/** Ports of the loopback interface that are free now, and are given to nobody else by this process. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const holder = createServer().listen(port, "127.0.0.1");
  const outcome = await Promise.race([once(holder, "listening"), once(holder, "error")]).catch(
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return false;
  await new Promise((resolve) => holder.close(resolve));
  return true;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** The servers that this process has started and not stopped. */
export function runningServers(): readonly Server[] {
  return [...running];
}

/** The last lines of a server's log. */
export async function logTail({ logFile }: Pick<Server, "logFile">, lines = 40): Promise<string> {
  const text = await readFile(logFile, "utf8");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
