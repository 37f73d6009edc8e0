import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { program } from "#test/real/programs/provision";
import { until } from "#test/real/servers/block-producer";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

const TIMEOUT_MS = 60_000;

export interface CommandResult {
  readonly exitCode: number;
  /** stdout, then stderr: Thanos logs to stderr. */
  readonly text: string;
}

export interface CompactorOptions {
  /** A YAML file. */
  readonly objstore: string;
  readonly flags?: readonly string[];
}

/** One run of `thanos compact`, without `--wait`: an error that would halt it ends it. */
export async function compactOnce({ objstore, flags = [] }: CompactorOptions): Promise<CommandResult> {
  return thanos(["compact", ...(await compactFlags(objstore)), ...flags]);
}

/** A compactor that runs on, as in a cluster, until it ends itself. Throws where it does not. */
export async function compactUntilExit(options: CompactorOptions): Promise<CommandResult> {
  const http = `--http-address=127.0.0.1:${await freePort()}`;
  return compactOnce({ ...options, flags: ["--wait", http, ...(options.flags ?? [])] });
}

export interface HaltedCompactor extends Server {
  /** `http://127.0.0.1:<port>`: metrics and probes. */
  readonly url: string;
  /** The group key in the line of the halt. */
  readonly groupKey: string | undefined;
  /** That line. */
  readonly line: string;
}

/** A compactor that runs on, as in a cluster, until it has halted. End it with `kill`: it does not heed SIGTERM any more. */
export async function haltedCompactor({ objstore, flags = [] }: CompactorOptions): Promise<HaltedCompactor> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const server = await startServer({
    name: "thanos-compact",
    command: await program("thanos"),
    args: ["compact", "--wait", `--http-address=${address}`, ...(await compactFlags(objstore)), ...flags],
    ready: answers(`${url}/-/ready`),
  });
  await until(async () => /^thanos_compact_halted 1$/m.test(await (await fetch(`${url}/metrics`)).text()));
  const log = await readFile(server.logFile, "utf8");
  const line = log.split("\n").find((text) => text.includes("critical error detected; halting")) ?? "";
  return { ...server, url, line, groupKey: groupKeyIn(line) };
}

// A fresh block is left alone for half an hour otherwise.
async function compactFlags(objstore: string): Promise<readonly string[]> {
  const data = await scratchFolder();
  return [`--data-dir=${data}`, `--objstore.config-file=${objstore}`, "--consistency-delay=0s"];
}

/** `0@6928611441926479320` in `group 0@6928611441926479320: ...`. */
export function groupKeyIn(log: string): string | undefined {
  return /group (\d+@\d+): /.exec(log)?.[1];
}

/** `thanos` with these arguments. */
export async function thanos(args: readonly string[]): Promise<CommandResult> {
  return result(await program("thanos"), args, {});
}

/** The commands of a remedy that are Thanos's, as they are printed. */
export function thanosCommandsOf(remedy: string): readonly string[] {
  return remedy.split("\n").flatMap((line) => (/^\s+thanos /.test(line) ? [line.trim()] : []));
}

/** Pastes a printed command into a shell, in a folder that has `objstore.yaml`. */
export async function paste(command: string, desk: string): Promise<CommandResult> {
  const path = `${dirname(await program("thanos"))}:${process.env.PATH}`;
  return result("sh", ["-c", command], { cwd: desk, env: { PATH: path } });
}

async function result(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024, ...options }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`;
      if (error === null) resolve({ exitCode: 0, text });
      else if (typeof error.code === "number") resolve({ exitCode: error.code, text });
      else reject(error);
    });
  });
}
