import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Command, InvalidArgumentError } from "commander";
import { awsConfig } from "#aws/config";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { eventBus } from "#aws/event-bus";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import { type DrillOutcome, type Hop, runDrill } from "#cli/run-drill";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { wrap } from "#report/text";

const HELP = `
Puts an event for a cluster on the hub's bus under the source musterbook.drill,
and waits until the look that it causes is on record: bus, rule, queues and
functions are proven as they are deployed. Harmless: a look at the cluster is
what any event causes, and what the sweep does every 15 minutes.

Needs events:PutEvents on the hub's bus and dynamodb:GetItem on its table, with
the credentials of the SDK's usual chain.

Examples:
  $ musterbook drill arn:aws:eks:eu-west-1:111122223333:cluster/dev-7 \\
      --hub-region eu-west-1
  $ musterbook drill "$ARN" --hub-region eu-west-1 --stage dev --output json

Exit code: 0 the look is on record; 1 it did not come in time, and where to look
is told; 2 nothing was put on the bus, or the table cannot be read.`;

interface DrillOptions {
  readonly hubRegion: string;
  readonly stage: string;
  readonly minutes: number;
  readonly endpoint?: string;
  readonly output: OutputFormat;
}

/** `musterbook drill <cluster>`. */
export function drillCommand(cli: Cli): Command {
  return new Command("drill")
    .description("prove a deployed path: an event in, a look at a cluster on record")
    .argument("<cluster>", "ARN of a cluster that is on record", readArn)
    .requiredOption("--hub-region <region>", "where Musterbook is deployed")
    .option("--stage <name>", "the stage of SST that it is deployed as", "prod")
    .option("--minutes <number>", "how long to wait for the look", readMinutes, 5)
    .option("--endpoint <url>", "of an emulator of AWS")
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((ref: ClusterRef, options: DrillOptions) => drill(cli, ref, options));
}

async function drill(cli: Cli, ref: ClusterRef, options: DrillOptions): Promise<void> {
  const { hubRegion: region, stage, minutes, endpoint, output } = options;
  const scope = { region, ...(endpoint === undefined ? {} : { endpoint }) };
  const name = (of: string): string => `musterbook-${stage}-${of}`;
  const { clock } = cli;
  const outcome = await runDrill({
    ...{ ref, clock, pause, name, eventId: `drill-${randomUUID()}`, patienceMs: minutes * 60_000 },
    bus: eventBus(scope, name("hub")),
    registry: dynamoRegistry({ client: new DynamoDBClient(awsConfig(scope)), table: name("fleet"), clock }),
    onHop: (hop) => {
      if (output === "table") print(cli, cli.stdout, `${hopLine(hop)}\n`);
    },
  });
  if (output === "json") printJson(cli, { schemaVersion: 1, cluster: ref.arn, region, stage, ...outcome });
  else print(cli, cli.stdout, ending(outcome, minutes, widthOf(cli.stdout)));
  cli.exitCode = outcome.outcome === "proven" ? 0 : 1;
}

const WIDEST = "event accepted".length;

function hopLine({ hop, seconds, detail }: Hop): string {
  const time = seconds === null ? "" : `${seconds.toFixed(1)} s`;
  return `${hop.padEnd(WIDEST)}  ${time.padStart(7)}  ${detail}`;
}

function ending({ outcome, missing, lookAt }: DrillOutcome, minutes: number, width: number): string {
  if (outcome === "proven") return "Proven: an event leads to a look.\n";
  const lines = [
    ...wrap(`Stopped: no "${missing}" within ${minutes} min. Look at, in this order:`, { width }),
    ...lookAt.flatMap((place, at) => wrap(place, { width, first: `  ${at + 1}. `, indent: "     " })),
  ];
  return `${lines.join("\n")}\n`;
}

function readArn(text: string): ClusterRef {
  const ref = parseClusterArn(text);
  if (ref === undefined) throw new InvalidArgumentError("Give the ARN of an EKS cluster.");
  return ref;
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (Number.isFinite(minutes) && minutes > 0 && minutes <= 60) return minutes;
  throw new InvalidArgumentError("Give minutes, more than 0 and at most 60.");
}
