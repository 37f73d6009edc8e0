import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { loadProgram, readApp } from "#sst-graph/bundle";
import type { App, Applier, Captured, JsonObject, ProgramError, Resource } from "#sst-graph/graph";
import { record } from "#sst-graph/monitor";
import type { PulumiProgram } from "#sst-graph/pulumi";
import type { Request } from "#sst-graph/request";
import { isObject, plainObject } from "#sst-graph/wire";

/*
 * The process of one evaluation: Pulumi keeps global state, and the app is compiled in, so there is one per process. Its
 * result is the file that it writes; the exit code is Pulumi's and says nothing.
 */

/** A rejected Output never settles what depends on it: after an error the rest gets this long. */
const GRACE_MS = 500;
/** Link references are registered on later ticks. */
const TURNS = 3;
const TURN_MS = 20;

const errors: ProgramError[] = [];
const timings = { app: 0, bundle: 0, load: 0, run: 0 };
let gaveUp: (() => void) | undefined;
const failed = new Promise<void>((resolve) => {
  gaveUp = resolve;
});

function note(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  const { name, message, stack = "" } = known;
  if (errors.some((other) => other.message === message)) return;
  errors.push({ name, message, stack });
  setTimeout(() => gaveUp?.(), GRACE_MS);
}

async function timed<T>(what: keyof typeof timings, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  try {
    return await work();
  } finally {
    timings[what] = Math.round(performance.now() - begin);
  }
}

async function main(requestFile: string): Promise<void> {
  const request = JSON.parse(await readFile(requestFile, "utf8")) as Request;
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  const empty = { outputs: {}, resources: [], providerCalls: [] };
  const app = await timed("app", () => readApp(request)).catch(note);
  const captured = app === undefined ? { ...empty, app: NO_APP } : { ...(await evaluate(request, app)), app };
  const { account, region } = request;
  const result: Captured = { ...captured, account, region, errors, timings };
  await writeFile(request.result, JSON.stringify(result));
  process.exit(0);
}

const NO_APP: App = { name: "", stage: "", home: "", removal: "retain", protect: false, providers: {} };

async function evaluate(
  request: Request,
  app: App,
): Promise<Pick<Captured, "outputs" | "resources" | "providerCalls">> {
  const loaded = await timed("bundle", () => loadProgram(request, app)).catch(note);
  if (loaded === undefined) return { outputs: {}, resources: [], providerCalls: [] };
  const { region, account, answers } = request;
  const create = await readApplier(request);
  const recording = record(loaded.MockMonitor, { home: { region, account }, answers, create });
  loaded.settings.setMockOptions(recording.monitor, app.name, app.stage, false, "organization");
  loaded.pulumi.runtime.setAllConfig(configOf(app, request.region));
  const cwd = process.cwd();
  const outputs = await timed("run", () => Promise.race([run(loaded), failed.then(() => ({}))]));
  process.chdir(cwd);
  const resources: readonly Resource[] = recording.resources();
  return { outputs, resources, providerCalls: recording.providerCalls };
}

async function readApplier({ applier }: Request): Promise<Applier | null> {
  if (applier === null) return null;
  const loaded: { readonly create: Applier } = await import(pathToFileURL(applier).href);
  return loaded.create;
}

async function run({ pulumi, program, settings }: PulumiProgram): Promise<JsonObject> {
  let result: unknown;
  await pulumi.runtime
    .runInPulumiStack(async () => {
      result = await program();
      return result;
    })
    .catch(note);
  await settings.waitForRPCs();
  for (let turn = 0; turn < TURNS; turn += 1) await sleep(TURN_MS);
  await settings.waitForRPCs();
  if (errors.length > 0) return {};
  return new Promise((resolve) => {
    pulumi.output(result).apply((value) => {
      plainObject(value).then(resolve, note);
    });
  });
}

/** What `pulumi --config` would set: the options of the providers. */
function configOf(app: App, region: string): Readonly<Record<string, string>> {
  const config: Record<string, string> = { "aws:region": region };
  for (const [provider, options] of Object.entries(app.providers)) {
    for (const [key, value] of Object.entries(isObject(options) ? options : {})) {
      if (key === "package" || key === "version") continue;
      config[`${provider}:${key}`] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  return config;
}

await main(process.argv[2] ?? "");
