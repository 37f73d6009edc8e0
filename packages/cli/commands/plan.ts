import { resolve } from "node:path";
import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { doing } from "#cli/doing";
import { helpText } from "#cli/help";
import { withStageCopy } from "#cli/local-stage";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import { planFleet } from "#cli/plan-fleet";
import { STATE_FOLDER } from "#cli/stage/folder";
import { renderFleetPlan } from "#report/plan";

const HELP = `
Looks at every cluster and writes nothing: not to a cluster, not to DNS, not to
the registry. "+" would be made, "~" changed, "-" removed.

Examples:
  $ musterbook plan
  $ musterbook plan --output json

Exit code: 0 planned, whether or not there is something to do; 1 planned, and a
cluster needs a person or could not be looked at; 2 there is no plan.`;

interface PlanOptions {
  readonly state: string;
  readonly output: OutputFormat;
}

/** `musterbook plan`. */
export function planCommand(cli: Cli): Command {
  return new Command("plan")
    .description("say what would be done on every cluster, and why, without doing it")
    .option("--state <folder>", "where the local stage lives", STATE_FOLDER)
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((options: PlanOptions) => showPlan(cli, options));
}

async function showPlan(cli: Cli, { state, output }: PlanOptions): Promise<void> {
  const line = doing(cli, "listing clusters");
  const tell = (done: number, total: number): void => line.tell(`looking at clusters: ${done} of ${total}`);
  const plan = await withStageCopy(cli, resolve(state), ({ ports }) => planFleet(ports, tell)).finally(line.end);
  if (output === "json") printJson(cli, plan);
  else print(cli, cli.stdout, renderFleetPlan(plan, { width: widthOf(cli.stdout) }));
  cli.exitCode = plan.summary.next.stop + plan.summary.next.unknown > 0 ? 1 : 0;
}
