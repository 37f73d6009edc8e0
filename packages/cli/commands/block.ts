import { Command, InvalidArgumentError } from "commander";
import { isUlid } from "#blocks/block/ulid";
import { type BlockReport, describeBlock } from "#blocks/block-report";
import { readAuditConfig } from "#cli/audit-config";
import { bucketOptions } from "#cli/bucket-options";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { openBucket } from "#cli/open-bucket";
import { print, printJson, widthOf } from "#cli/output";
import { progressLine } from "#cli/progress";
import { type AuditCommandOptions, noteIgnored } from "#cli/run-audit";
import { blockJson } from "#report/block-json";
import { renderBlock } from "#report/block-table";

const HELP = `
Reads only: lists the bucket and gets the small JSON objects in it
(s3:ListBucket, s3:GetObject).

Examples:
  $ musterbook block 01KAJ6Y7WRA9VT1TJMZZK7Q9N4 s3://metrics-blocks
  $ musterbook block 01KAJ6Y7WRA9VT1TJMZZK7Q9N4 ./copy-of-a-bucket --output json

Exit code: 0 told; 1 told, and the compactor halts at its group or repeats its
compaction; 2 there is no such block, or the bucket cannot be read.`;

type BlockCommandOptions = Omit<AuditCommandOptions, "all">;

/** `musterbook block <ulid> <bucket>`. */
export function blockCommand(cli: Cli): Command {
  const command = new Command("block")
    .description("tell all of one block: where it is from, what comes next")
    .argument("<ulid>", "the name of its directory", ulid)
    .argument("<bucket>", "a directory, or s3://bucket[/prefix]");
  return bucketOptions(command)
    .addHelpText("after", helpText(cli, HELP))
    .action((of: string, bucket: string, options: BlockCommandOptions) => showBlock(cli, of, bucket, options));
}

async function showBlock(cli: Cli, of: string, url: string, options: BlockCommandOptions): Promise<void> {
  const { settings, ignored } = await readAuditConfig(options.config);
  if (ignored.length > 0) noteIgnored(cli, ignored, options.config);
  const bucket = openBucket(url, options);
  const { onProgress, end } = progressLine(cli);
  let report: BlockReport;
  try {
    report = await describeBlock({ bucket, settings, now: options.now ?? cli.clock.now(), ulid: of, onProgress });
  } finally {
    end();
  }
  if (options.output === "json") printJson(cli, blockJson(report));
  else print(cli, cli.stdout, renderBlock(report, { width: widthOf(cli.stdout) }));
  cli.exitCode = isStuck(report) ? 1 : 0;
}

function isStuck({ compaction }: BlockReport): boolean {
  return compaction.kind === "halts" || (compaction.kind === "planned" && compaction.repeats !== null);
}

function ulid(text: string): string {
  const upper = text.toUpperCase();
  if (isUlid(upper)) return upper;
  throw new InvalidArgumentError("Write a ULID such as 01KAJ6Y7WRA9VT1TJMZZK7Q9N4.");
}
