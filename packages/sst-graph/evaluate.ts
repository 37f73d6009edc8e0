import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builder } from "#sst-graph/build";
import { startCli } from "#sst-graph/cli";
import type { Build, Captured, Graph, JsonObject } from "#sst-graph/graph";
import type { Request } from "#sst-graph/request";

export interface EvaluateOptions {
  /** Folder of the project. */
  readonly root: string;
  readonly stage: string;
  /** `.sst/platform` as `sst install` makes it: see `sstPlatform`. */
  readonly platform: string;
  /** Path of the program from the root. Default: `sst.config.ts`. */
  readonly config?: string;
  /** `dev`: as `sst dev` evaluates it. Default: `deploy`. */
  readonly command?: "deploy" | "dev";
  /** Default: `eu-west-1`. */
  readonly region?: string;
  /** Default: `111122223333`. */
  readonly account?: string;
  /** Values of `sst.Secret` by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What else the program finds in its environment. It sees nothing of this process's. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What provider functions answer, by token (`aws:route53/getZone:getZone`), besides those that SST itself calls; an
   * answer `{ error }` fails.
   */
  readonly answers?: Readonly<Record<string, JsonObject>>;
  /**
   * Path of a module whose `create` (an `Applier`) makes each cloud resource for real, in an emulator: what it answers takes
   * the place of what is computed. Resources come in an order in which they can be made.
   */
  readonly applier?: string;
  /** `real` bundles the functions as the CLI does; `fast`, the default, only names them. */
  readonly bundles?: "fast" | "real";
  /** Where the artifacts of real bundles stay. Default: a temporary folder that is removed. */
  readonly work?: string;
  /** Milliseconds until the process is killed. Default: two minutes. */
  readonly patience?: number;
}

const CHILD = fileURLToPath(new URL(`./process${extname(import.meta.url)}`, import.meta.url));
const PATIENCE_MS = 120_000;

/**
 * Evaluates an SST 4.17 program without Pulumi's engine and without an account, in a process of its own, and gives
 * everything that it asked for. A program that fails is a graph with `errors`.
 * @throws Error when the process gives no result at all.
 */
export async function evaluate(options: EvaluateOptions): Promise<Graph> {
  const scratch = await mkdtemp(join(tmpdir(), "sst-graph-"));
  const builds: Build[] = [];
  const work = options.work ?? join(scratch, "work", ".sst");
  const cli = await startCli(builder({ root: options.root, work, mode: options.bundles ?? "fast", builds }));
  try {
    const request = requestOf(options, scratch, work);
    await mkdir(request.home, { recursive: true });
    await writeFile(join(scratch, "request.json"), JSON.stringify(request));
    const said = await runChild(join(scratch, "request.json"), environmentOf(options, request, cli.url), options);
    const captured = await readResult(request.result, said);
    return { ...captured, builds, cliCalls: cli.calls };
  } finally {
    await cli.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function requestOf(options: EvaluateOptions, scratch: string, work: string): Request {
  const { root, stage, platform, config = "sst.config.ts", command = "deploy", answers = {}, applier = null } = options;
  const { region = "eu-west-1", account = "111122223333" } = options;
  const home = join(scratch, "home");
  const result = join(scratch, "result.json");
  return { root, config, stage, command, region, account, platform, work, home, result, answers, applier };
}

function environmentOf(
  { secrets = {}, environment = {} }: EvaluateOptions,
  { region, home }: Request,
  server: string,
): Readonly<Record<string, string>> {
  const values = Object.entries(secrets).map(([name, value]) => [`SST_SECRET_${name}`, value] as const);
  return {
    HOME: home,
    ...environment,
    SST_SERVER: server,
    SST_AWS_REGION: region,
    SST_AWS_ACCESS_KEY_ID: "none",
    SST_AWS_SECRET_ACCESS_KEY: "none",
    SST_SECRETS: JSON.stringify(secrets),
    ...Object.fromEntries(values),
  };
}

/** Resolves with the tail of what it wrote. */
function runChild(
  request: string,
  env: Readonly<Record<string, string>>,
  { root, patience = PATIENCE_MS }: EvaluateOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, request], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience,
      killSignal: "SIGKILL",
    });
    let said = "";
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(`${said}\nended with ${signal ?? code}`));
  });
}

async function readResult(file: string, said: string): Promise<Captured> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Captured;
  } catch (cause) {
    throw new Error(`the evaluation gave no result: ${said.trim()}`, { cause });
  }
}
