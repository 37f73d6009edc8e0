import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { doing } from "#cli/doing";
import { ProblemsError } from "#cli/errors";
import { helpText } from "#cli/help";
import { observeCluster } from "#cli/observe-cluster";
import { firstStep } from "#cli/observe-plan";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import { FleetConfig } from "#config/fleet-config";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { helmBinary } from "#helm/binary";
import { resolveChart } from "#helm/charts";
import { helmOn } from "#helm/helm";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import type { KubeApi, KubeObject } from "#onboard/ports";
import { type ClusterLook, renderClusterLook } from "#report/cluster-look";

const HELP = `
Reads only (get, list, version), with the rights of the kubeconfig's user. Each
right that is missing is named; the rest is looked at all the same.

Examples:
  $ musterbook observe
  $ musterbook observe --context prod-a --namespace observability
  $ musterbook observe --kubeconfig ./kind.yaml --output json

Exit code: 0 looked at, whatever was found; 2 the cluster could not be reached.`;

interface ObserveOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly output: OutputFormat;
}

/** `musterbook observe`. */
export function observeCommand(cli: Cli): Command {
  return new Command("observe")
    .description("look at a cluster of your own: what is there, what would be done")
    .option("--kubeconfig <file>", "default: $KUBECONFIG, else ~/.kube/config")
    .option("--context <name>", "default: the kubeconfig's current one")
    .option("--namespace <name>", "where monitoring lives or would live", "monitoring")
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((options: ObserveOptions) => showCluster(cli, options));
}

async function showCluster(cli: Cli, { kubeconfig, context, namespace, output }: ObserveOptions): Promise<void> {
  const leaf = leafOf(namespace);
  const file = kubeconfig ?? (await defaultKubeconfig(cli.env));
  const connection = fromKubeconfig({ file, ...(context === undefined ? {} : { context }) });
  const kube = kubeApi(connection);
  const line = doing(cli, "connecting");
  const definitions = () => chartDefinitions(cli, kube, file);
  const onLook = (what: string): void => line.tell(`looking at: ${what}`);
  const seen = await observeCluster({ kube, definitions, config: { leaf }, onLook }).finally(line.end);
  const now = cli.clock.now();
  const look: ClusterLook = {
    schemaVersion: 1,
    now: now.toISOString(),
    context: connection.context,
    server: connection.server,
    namespace,
    rows: seen.rows,
    manage: firstStep(seen, now),
  };
  if (output === "json") printJson(cli, look);
  else print(cli, cli.stdout, renderClusterLook(look, { width: widthOf(cli.stdout) }));
}

function leafOf(namespace: string): FleetConfig["leaf"] {
  const parsed = parseWith(FleetConfig.entries.leaf, { namespace });
  if (parsed.ok) return parsed.value;
  const problems = parsed.problems.map((problem) => ({ ...problem, field: "--namespace" }));
  throw new ProblemsError("that is no namespace", problems, "Nothing was looked at.");
}

/** The first of several files that is there, as the current context is the first file's too. */
async function defaultKubeconfig({ KUBECONFIG = "", HOME = "" }: Cli["env"]): Promise<string> {
  const named = KUBECONFIG.split(delimiter).filter((file) => file !== "");
  const candidates = named.length > 0 ? named : [join(HOME, ".kube", "config")];
  for (const file of candidates) if (await exists(file)) return file;
  throw new TerminalError(`there is no kubeconfig at ${candidates.join(", ")}`, {
    reason: "kubeconfig",
    remedy: "Name one with --kubeconfig, or set KUBECONFIG.",
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** helm only unpacks the chart for it; our stand-in has the same definitions. */
async function chartDefinitions(cli: Cli, kube: KubeApi, kubeconfig: string): Promise<readonly KubeObject[]> {
  const chart = await resolveChart({ name: "kube-prometheus-stack", standIn: "allowed" });
  const { helm: binary } = await helmBinary({ path: cli.env.PATH ?? "" });
  const workDir = await mkdtemp(join(tmpdir(), "musterbook-observe-"));
  try {
    return await helmOn({ binary, access: { kubeconfig }, kube, clock: cli.clock, workDir }).crds(chart);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
