import { Command, Option } from "commander";
import { auditBucket } from "#blocks/audit";
import { bucketOptions } from "#cli/bucket-options";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import type { LastReportOptions } from "#cli/last-report";
import { runAudit } from "#cli/run-audit";
import { TerminalError } from "#fleet/errors";

const HELP = `
Reads only: lists the bucket and gets the small JSON objects in it
(s3:ListBucket, s3:GetObject; s3:ListBucketMultipartUploads if it may).

With --index, what was read is kept in a folder of this machine. The next audit
lists the bucket all the same, and reads only what has changed. One that is
stopped by Ctrl-C keeps what it has read.

With --last, nothing is listed: it shows what the stage itself, which judges its
buckets every five minutes, found last, and how long ago (s3:GetObject on
reports/* of the stage's bucket, s3:ListBucket). An old one is a warning.

Examples:
  $ musterbook audit s3://metrics-blocks
  $ musterbook audit s3://metrics-blocks/eu --region eu-west-1 --output json
  $ musterbook audit s3://blocks --endpoint https://minio.example.com:9000
  $ musterbook audit s3://metrics-blocks --index ~/.cache/musterbook/index
  $ musterbook audit s3://metrics-blocks --output openmetrics > blocks.prom
  $ musterbook audit s3://metrics-blocks --last --state s3://musterbook-state
  $ musterbook audit ./copy-of-a-bucket --now 2026-11-20T13:10:00Z --all

--output json: docs/schemas/audit-report-v1.json; openmetrics: one gauge each
for findings, streams and blocks, for a Prometheus to scrape.

Exit code: 0 no finding of severity warning or critical, 1 at least one, 2 the
bucket could not be judged.`;

/** `musterbook audit <bucket>`. */
export function auditCommand(cli: Cli): Command {
  const command = new Command("audit")
    .description("say what is wrong in a bucket of Thanos blocks")
    .argument("<bucket>", "a directory, or s3://bucket[/prefix]");
  return bucketOptions(command, ["openmetrics"])
    .option("--index <folder>", "keep what was read, and read only what has changed since")
    .addOption(new Option("--last", "show the last report of a stage").conflicts(["index", "now", "config"]))
    .option("--state <place>", "the stage: s3://bucket, as its deploy names it, or a folder (default: .musterbook)")
    .option("--all", "show infos, swallowed findings, all that is alike and every row")
    .addHelpText("after", helpText(cli, HELP))
    .action((bucket: string, options: AuditOptions) => audit(cli, bucket, options));
}

interface AuditOptions extends LastReportOptions {
  readonly last?: boolean;
}

async function audit(cli: Cli, bucket: string, { last = false, ...options }: AuditOptions): Promise<void> {
  if (last) return (await import("#cli/last-report")).showLastReport(cli, bucket, options);
  if (options.state === undefined) return runAudit(cli, auditBucket, bucket, options);
  throw new TerminalError("--state names the stage whose last report is shown; this would be an audit of its own", {
    reason: "bad-input",
    field: "--state",
    value: options.state,
    remedy: "Add --last, or leave --state out.",
  });
}
