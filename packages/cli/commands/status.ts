import { resolve } from "node:path";
import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { stageRecords, stageTime } from "#cli/local-stage";
import { print, printJson, widthOf } from "#cli/output";
import { type OutputFormat, outputOption } from "#cli/output-option";
import { STATE_FOLDER } from "#cli/stage/folder";
import { storedReports } from "#cli/stored-reports";
import { auditedBucket, renderBuckets } from "#report/audited-buckets";
import { renderRollCall } from "#report/roll-call";
import { rollCallJson } from "#report/roll-call-json";

const HELP = `
Reads only: what the last look at each cluster left on record, and the last audit
of each bucket.

Examples:
  $ musterbook status
  $ musterbook status --output json
  $ musterbook status --state /var/lib/musterbook

Exit code, by the clusters alone: 0 every one is present, or observed as it was
told; 1 at least one waits or needs a person; 2 there is no local stage, or it
cannot be read.`;

interface StatusOptions {
  readonly state: string;
  readonly output: OutputFormat;
}

/** `musterbook status`. */
export function statusCommand(cli: Cli): Command {
  return new Command("status")
    .description("call the roll: where every cluster of the local stage stands")
    .option("--state <folder>", "where the local stage lives", STATE_FOLDER)
    .addOption(outputOption())
    .addHelpText("after", helpText(cli, HELP))
    .action((options: StatusOptions) => showStatus(cli, options));
}

async function showStatus(cli: Cli, { state, output }: StatusOptions): Promise<void> {
  const records = await stageRecords(resolve(state), cli.clock);
  const now = stageTime(records, cli.clock.now());
  const buckets = (await (await storedReports(state, {})).all()).map(auditedBucket);
  const options = { width: widthOf(cli.stdout), now };
  if (output === "json") printJson(cli, rollCallJson(records, buckets, now));
  else {
    const texts = [renderRollCall(records, options), renderBuckets(buckets, options)];
    print(cli, cli.stdout, texts.filter((text) => text !== "").join("\n"));
  }
  cli.exitCode = records.some(({ phase }) => phase === "waiting" || phase === "failed") ? 1 : 0;
}
