import { Command } from "commander";
import { auditBucket } from "#blocks/audit";
import { bucketOptions } from "#cli/bucket-options";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { type AuditCommandOptions, runAudit } from "#cli/run-audit";

const HELP = `
Reads only: lists the bucket and gets the small JSON objects in it
(s3:ListBucket, s3:GetObject; s3:ListBucketMultipartUploads if it may).

With --index, what was read is kept in a folder of this machine. The next audit
lists the bucket all the same, and reads only what has changed. One that is
stopped keeps what it has read in steps of 10,000 blocks.

Examples:
  $ musterbook audit s3://metrics-blocks
  $ musterbook audit s3://metrics-blocks/eu --region eu-west-1 --output json
  $ musterbook audit s3://blocks --endpoint https://minio.example.com:9000
  $ musterbook audit s3://metrics-blocks --index ~/.cache/musterbook/index
  $ musterbook audit s3://metrics-blocks --output openmetrics > blocks.prom
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
    .option("--all", "show infos, swallowed findings, all that is alike and every row")
    .addHelpText("after", helpText(cli, HELP))
    .action((bucket: string, options: AuditCommandOptions) => runAudit(cli, auditBucket, bucket, options));
}
