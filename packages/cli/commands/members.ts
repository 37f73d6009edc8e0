import { resolve } from "node:path";
import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { print, printJson } from "#cli/output";
import { loadFleetConfig } from "#fleet/load-config";
import { memberTemplate } from "#members/template";

const HELP = `
A CloudFormation template for a StackSet over the other accounts of the fleet:
a rule that sends their events to the hub, and one role per mode. Roles are made
in one region of each account (--home), the rule in all.

Examples:
  $ musterbook members render --hub-region eu-west-1 > member.json
  $ musterbook members render --hub-region eu-west-1 --stage dev

Exit code: 0 rendered, 2 not.`;

interface RenderOptions {
  readonly config: string;
  readonly hubRegion: string;
  readonly stage: string;
  readonly home?: string;
}

/** `musterbook members render`. */
export function membersCommand(cli: Cli): Command {
  const render = new Command("render")
    .description("print what a member account needs")
    .requiredOption("--hub-region <region>", "where Musterbook is deployed; its account is that of principalArn")
    .option("--stage <name>", "the stage of SST that it is deployed as", "prod")
    .option("--home <region>", "the region of a member in which its roles are made (default: the hub's)")
    .option("--config <file>", "the fleet's configuration", "fleet.config.ts")
    .action((options: RenderOptions) => renderTemplate(cli, options));
  const writeOut = (text: string) => print(cli, cli.stdout, text);
  const writeErr = (text: string) => print(cli, cli.stderr, text);
  // Settings are handed down before the command itself gets them from the root.
  return new Command("members")
    .description("what other accounts need to belong to the fleet")
    .addHelpText("after", helpText(cli, HELP))
    .addCommand(render.exitOverride().configureOutput({ writeOut, writeErr }));
}

async function renderTemplate(
  cli: Cli,
  { config: file, hubRegion: region, stage, home }: RenderOptions,
): Promise<void> {
  const config = await loadFleetConfig(resolve(file), cli.clock.now());
  const [, partition = "aws", , , account = ""] = config.principalArn.split(":");
  printJson(cli, memberTemplate({ hub: { account, region, partition, stage }, config, home: home ?? region }));
}
