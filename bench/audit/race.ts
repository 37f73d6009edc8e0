import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NOW } from "#bench/audit/fleet";
import { type Judged, parseJudged, type Run } from "#bench/audit/measured";
import type { ShapeName } from "#bench/audit/shapes";
import type { BenchBucket, Store } from "#bench/audit/store";
import { program } from "#test/real/programs/provision";

const BUILD = fileURLToPath(new URL("../../build/main.ts", import.meta.url));
/** The command as the npm package has it: in a clone Node takes the types off the sources at each start. */
const CLI = fileURLToPath(new URL("../../dist/packages/cli/main.js", import.meta.url));
const JUDGE_ONE = fileURLToPath(new URL("judge-one.ts", import.meta.url));
const TAIL = 4_000;
/** `--max-old-space-size`, MiB. */
const OLD_SPACE = 3_072;

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** What it may end with. */
  readonly codes?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

async function thanos(store: Store, args: readonly string[], { objstore }: BenchBucket): Promise<Run> {
  const all = ["tools", "bucket", ...args, `--objstore.config-file=${objstore}`];
  return (await timed(store, { command: await program("thanos"), args: all })).run;
}

/** Every meta.json, and a table of them. */
export function inspect(store: Store, bucket: BenchBucket): Promise<Run> {
  return thanos(store, ["inspect", "--timeout=1h", "--output=csv"], bucket);
}

/** The issues that it looks for by default: it reads every index. */
export function verify(store: Store, bucket: BenchBucket): Promise<Run> {
  return thanos(store, ["verify"], bucket);
}

/** What the compactor does before each run, by the command that does little else. It deletes nothing. */
export function sync(store: Store, bucket: BenchBucket): Promise<Run> {
  return thanos(store, ["cleanup", "--delete-delay=10000h"], bucket);
}

/** Makes the command that `auditCold` runs. */
export async function buildCommand(): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD]);
}

/** `musterbook audit` as one types it. */
export async function auditCold(store: Store, { url }: BenchBucket): Promise<Run> {
  const time = new Date(NOW).toISOString();
  const args = [CLI, "audit", url, "--endpoint", store.endpoint, "--output", "json", "--now", time];
  return (await timed(store, { command: process.execPath, args, codes: [0, 1], env: store.env })).run;
}

/** All checks over blocks in memory. */
export async function judgeInProcess(store: Store, shape: ShapeName, blocks: number): Promise<Judged> {
  const args = [`--max-old-space-size=${OLD_SPACE}`, JUDGE_ONE, shape, String(blocks)];
  return parseJudged((await timed(store, { command: process.execPath, args })).said);
}

/** Through the shell that knows what a program takes of the processor. */
async function timed(
  store: Store,
  { command, args, codes = [0], env = {} }: Command,
): Promise<{ readonly run: Run; readonly said: string }> {
  await store.counts();
  const { PATH = "", HOME = "" } = process.env;
  const begin = performance.now();
  const child = spawn("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", command, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    texts.out = (texts.out + chunk.toString("utf8")).slice(-TAIL);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    texts.err = (texts.err + chunk.toString("utf8")).slice(-TAIL);
  });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - begin) / 1000;
  if (!codes.includes(code)) throw new Error(`${[command, ...args].join(" ")}\nended with ${code}:\n${texts.err}`);
  const [user = 0, system = 0] = (texts.err.trimEnd().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { run: { seconds, cpuSeconds: user + system, counts: await store.counts() }, said: texts.out };
}
