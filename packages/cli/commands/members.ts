import { resolve } from "node:path";
import { Command, Option } from "commander";
import type { Cli } from "#cli/cli";
import { checkCommand } from "#cli/commands/members-check";
import { hubOf, type MembersOptions, membersOptions } from "#cli/commands/members-options";
import { helpText } from "#cli/help";
import { print, printJson } from "#cli/output";
import { loadFleetConfig } from "#fleet/load-config";
import { memberProgram } from "#members/pulumi";
import { memberTemplate } from "#members/template";

const HELP = `
What the other accounts of the fleet need, as a CloudFormation template for a
StackSet or as a module for a Pulumi program: rules that send their events to the
hub, alarms on what does not arrive, and one role per mode. Roles are made in one
region of each account (--home), the rest in all.

Examples:
  $ musterbook members render --hub-region eu-west-1 > member.json
  $ musterbook members render --hub-region eu-west-1 --format pulumi > member.ts
  $ musterbook members check --hub-region eu-west-1

Exit code: 0 rendered, 2 not.`;

interface RenderOptions extends MembersOptions {
  readonly format: "cloudformation" | "pulumi";
}

/** `musterbook members render` and `check`. */
export function membersCommand(cli: Cli): Command {
  const format = new Option("--format <format>", "a StackSet's template, or TypeScript for Pulumi")
    .choices(["cloudformation", "pulumi"])
    .default("cloudformation");
  const render = membersOptions(new Command("render").description("print what a member account needs"))
    .addOption(format)
    .action((options: RenderOptions) => renderMember(cli, options));
  const members = new Command("members")
    .description("what other accounts need to belong to the fleet")
    .addHelpText("after", helpText(cli, HELP));
  // Settings are handed down before the command itself gets them from the root.
  const writeOut = (text: string) => print(cli, cli.stdout, text);
  const writeErr = (text: string) => print(cli, cli.stderr, text);
  for (const command of [render, checkCommand(cli)])
    members.addCommand(command.exitOverride().configureOutput({ writeOut, writeErr }));
  return members;
}

async function renderMember(cli: Cli, options: RenderOptions): Promise<void> {
  const config = await loadFleetConfig(resolve(options.config), cli.clock.now());
  const hub = hubOf(config, options);
  const of = { hub, config, home: options.home ?? hub.region };
  if (options.format === "pulumi") print(cli, cli.stdout, memberProgram(of));
  else printJson(cli, memberTemplate(of));
}
