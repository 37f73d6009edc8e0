import { resolve } from "node:path";
import { Command } from "commander";
import { awsAccounts } from "#aws/accounts";
import { awsMembers } from "#aws/member-api";
import type { Cli } from "#cli/cli";
import { hubOf, type MembersOptions, membersOptions } from "#cli/commands/members-options";
import { helpText } from "#cli/help";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import { loadFleetConfig } from "#fleet/load-config";
import { checkMembers } from "#members/check";
import { memberTemplate } from "#members/template";
import { renderMembers, statusOf } from "#report/members";
import { memberPlaces } from "#stacks/regions";

const HELP = `
Compares what every other account of the fleet has with what musterbook members
render prints: rules and where they send, roles with their trust, external id,
rights and boundary, and the queue of events that did not arrive. Reads only.

Works in each account as a role of it (--role), which needs iam:GetRole,
iam:ListRolePolicies, iam:GetRolePolicy, events:DescribeRule,
events:ListTargetsByRule, sqs:GetQueueUrl and sqs:GetQueueAttributes. What one
account refuses is told in its row; the others are looked at all the same.

Examples:
  $ musterbook members check --hub-region eu-west-1
  $ musterbook members check --hub-region eu-west-1 --role ReadOnly --output json

Exit code: 0 every member has everything; 1 something is lacking, or could not be
looked at; 2 it could not be done.`;

interface CheckOptions extends MembersOptions {
  readonly role: string;
  readonly boundary?: string;
  readonly endpoint?: string;
  readonly output: OutputFormat;
}

/** `musterbook members check`. */
export function checkCommand(cli: Cli): Command {
  return membersOptions(new Command("check").description("tell which members lack what"))
    .option("--role <name>", "the role to work as in each account", "OrganizationAccountAccessRole")
    .option("--boundary <arn>", "the policy that must bound the members' roles")
    .option("--endpoint <url>", "of an emulator of AWS")
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((options: CheckOptions) => check(cli, options));
}

async function check(cli: Cli, options: CheckOptions): Promise<void> {
  const { role, boundary, endpoint, output } = options;
  const config = await loadFleetConfig(resolve(options.config), cli.clock.now());
  const hub = hubOf(config, options);
  const home = options.home ?? hub.region;
  const accounts = awsAccounts({
    hub: { region: hub.region, ...(endpoint === undefined ? {} : { endpoint }) },
    roleFor: (account) =>
      account === hub.account ? undefined : { roleArn: `arn:${hub.partition}:iam::${account}:role/${role}` },
    clock: cli.clock,
  });
  const members = await checkMembers({
    ...{ home, boundary, partition: hub.partition },
    template: memberTemplate({ hub, config, home }),
    api: awsMembers(accounts),
    places: memberPlaces({ config, fleet: config, ...hub }),
    onRow: (done, of) => {
      if (cli.stderr.isTTY === true) print(cli, cli.stderr, `looked at ${done} of ${of}\n`);
    },
  });
  if (output === "table") print(cli, cli.stdout, renderMembers(members, { width: widthOf(cli.stdout) }));
  else printJson(cli, jsonOf(members));
  cli.exitCode = members.every((member) => statusOf(member) === "complete") ? 0 : 1;
}

/** `schemaVersion` grows with every change that a reader has to know of. */
function jsonOf(members: Awaited<ReturnType<typeof checkMembers>>) {
  return { schemaVersion: 1, members: members.map((member) => ({ ...member, status: statusOf(member) })) };
}
