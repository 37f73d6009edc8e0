import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FleetConfigInput } from "#config/fleet-config";
import type { EvaluateOptions } from "#sst-graph/evaluate";
import type { Graph } from "#sst-graph/graph";
import { ofType } from "#sst-graph/query";
import { scratchFolder } from "#test/real/servers/scratch";
import type { Settings } from "#test/real/sst/settings";
import { graphFor, TYPES } from "#test/stacks/graph";

export interface DeployOptions extends Partial<Pick<EvaluateOptions, "root" | "answers">> {
  /** `fast`: functions that are there and cannot run. */
  readonly bundles: "fast" | "real";
  /** URL of ministack. */
  readonly endpoint: string;
  readonly account: string;
  /** Names of buckets are shared by all accounts: every program that is applied needs a stage of its own. */
  readonly stage: string;
  readonly fleet: FleetConfigInput;
  readonly functionEnvironment: Settings["functionEnvironment"];
  readonly schedules: Settings["schedules"];
}

/** A program that was applied. */
export interface Deployed {
  readonly graph: Graph;
  /** By names without app and stage. */
  readonly queueUrl: (name: string) => string;
  readonly topicArn: (name: string) => string;
  readonly table: string;
  /** Name of our own bucket. */
  readonly state: string;
  /** Applies the program again, as a deploy of what has changed. */
  readonly again: (change: Partial<DeployOptions>) => Promise<Deployed>;
}

const PATIENCE_MS = 300_000;

/** Applies this project's program to ministack, as `sst deploy` would to AWS. Throws what the program did. */
export async function deploy(options: DeployOptions, before?: Graph): Promise<Deployed> {
  const { root, answers, bundles, endpoint, account, stage, fleet, functionEnvironment, schedules } = options;
  const settings: Settings = { endpoint, functionEnvironment, schedules, before: await stateFile(before) };
  const graph = await graphFor(fleet, {
    ...{ account, stage, bundles, patience: PATIENCE_MS },
    ...(root === undefined ? {} : { root }),
    ...(answers === undefined ? {} : { answers }),
    applier: fileURLToPath(new URL("applier.ts", import.meta.url)),
    environment: { FLEET: JSON.stringify(fleet), APPLIER: JSON.stringify(settings) },
  });
  const [error] = graph.errors;
  if (error !== undefined) throw new Error(`the program could not be applied: ${error.message}\n${error.stack}`);
  const named = (type: keyof typeof TYPES, name: string) => {
    const found = ofType(graph, TYPES[type]).find(({ inputs }) => inputs.name === `musterbook-${stage}-${name}`);
    if (found === undefined) throw new Error(`the program has no ${type} ${name}`);
    return found;
  };
  return {
    graph,
    queueUrl: (name) => named("queue", name).id,
    topicArn: (name) => named("topic", name).id,
    table: String(named("table", "fleet").inputs.name),
    state: String(ofType(graph, TYPES.bucket)[0]?.inputs.bucket),
    again: (change) => deploy({ ...options, ...change }, graph),
  };
}

/** What Pulumi would keep as its state. */
async function stateFile(before: Graph | undefined): Promise<string | null> {
  if (before === undefined) return null;
  const file = join(await scratchFolder(), "state.json");
  await writeFile(file, JSON.stringify(before.resources.filter(({ kind }) => kind === "custom")));
  return file;
}
