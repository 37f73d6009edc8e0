import { resolve } from "node:path";
import { Command } from "commander";
import { awsDoctor } from "#aws/doctor";
import { parseS3Url } from "#aws/s3-url";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import type { InstallationConfig } from "#config/installation-config";
import { examine } from "#doctor/examine";
import type { Chart } from "#doctor/facts";
import type { Line } from "#doctor/line";
import { loadConfig } from "#fleet/load-config";
import { CHARTS_FOLDER, chartState, readChartLock } from "#helm/charts";
import { doctorLine, doctorSummary } from "#report/doctor";
import { reservedBy } from "#stacks/reserved";

const HELP = `
Looks at what an installation needs, before a deploy and after it: credentials
and clock, rights of who deploys, quotas, trails, the private zone and the VPC of
the observer, the Querier's version, the charts, settings of the audited buckets,
and whether the operators have confirmed their subscriptions. Reads only, in the
account of the credentials; what it may not ask is a warning that names the
missing action.

Examples:
  $ musterbook doctor --hub-region eu-west-1
  $ musterbook doctor --hub-region eu-west-1 --stage dev --output json

Exit code: 0 no failure, whatever the warnings; 1 a failure; 2 nothing could be
asked, as without credentials.`;

interface DoctorOptions {
  readonly config: string;
  readonly hubRegion: string;
  readonly stage: string;
  readonly endpoint?: string;
  readonly output: OutputFormat;
}

/** `musterbook doctor`. */
export function doctorCommand(cli: Cli): Command {
  return new Command("doctor")
    .description("look at what an installation needs, before and after a deploy")
    .requiredOption("--hub-region <region>", "where Musterbook is, or is to be, deployed")
    .option("--stage <name>", "the stage of SST that it is deployed as", "prod")
    .option("--config <file>", "the fleet's configuration", "fleet.config.ts")
    .option("--endpoint <url>", "of an emulator of AWS")
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((options: DoctorOptions) => doctor(cli, options));
}

async function doctor(cli: Cli, options: DoctorOptions): Promise<void> {
  const { hubRegion: region, stage, endpoint, output } = options;
  const { clock } = cli;
  const config = await loadConfig(resolve(options.config), clock.now());
  const scope = { region, ...(endpoint === undefined ? {} : { endpoint }) };
  const width = widthOf(cli.stdout);
  const lines = await examine({
    ...{ config, region, clock, actions: DEPLOY_BEGINS_WITH },
    facts: awsDoctor({ scope, config, clock }),
    name: (of) => `musterbook-${stage}-${of}`,
    reserved: reservedBy(config),
    buckets: bucketsOf(config, region),
    charts: await chartsHere(),
    onLine: (line) => {
      if (output === "table") print(cli, cli.stdout, doctorLine(line, width));
    },
  });
  if (output === "json") printJson(cli, { schemaVersion: 1, region, stage, lines });
  else print(cli, cli.stdout, doctorSummary(lines));
  cli.exitCode = lines.some(({ status }: Line) => status === "failure") ? 1 : 0;
}

async function chartsHere(): Promise<readonly Chart[]> {
  const { charts } = await readChartLock(CHARTS_FOLDER);
  const states = await Promise.all(charts.map((entry) => chartState(CHARTS_FOLDER, entry)));
  return states.map(({ entry: { name, version }, state }) => ({ name, version, state }));
}

/** One of each service that a deploy makes something of. */
const DEPLOY_BEGINS_WITH = [
  "cloudwatch:PutMetricAlarm",
  "dynamodb:CreateTable",
  "events:PutRule",
  "iam:CreateRole",
  "iam:PassRole",
  "lambda:CreateFunction",
  "logs:CreateLogGroup",
  "s3:CreateBucket",
  "scheduler:CreateSchedule",
  "sns:CreateTopic",
  "sqs:CreateQueue",
];

function bucketsOf({ buckets }: InstallationConfig, hubRegion: string) {
  return buckets.flatMap(({ url, region = hubRegion, endpoint }) => {
    if (!url.startsWith("s3://") || endpoint !== undefined) return [];
    const { bucket: name, prefix } = parseS3Url(url);
    return [{ name, region, prefix }];
  });
}
