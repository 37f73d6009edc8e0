import { Command, InvalidArgumentError, Option } from "commander";
import * as v from "valibot";
import { auditBucket } from "#blocks/audit";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { type AuditCommandOptions, runAudit } from "#cli/run-audit";

const HELP = `
Reads only: lists the bucket and gets the small JSON objects in it
(s3:ListBucket, s3:GetObject).

Examples:
  $ musterbook audit s3://metrics-blocks
  $ musterbook audit s3://metrics-blocks/eu --region eu-west-1 --output json
  $ musterbook audit s3://blocks --endpoint https://minio.example.com:9000
  $ musterbook audit ./copy-of-a-bucket --now 2026-11-20T13:10:00Z --all

Exit code: 0 no finding of severity warning or critical, 1 at least one, 2 the
bucket could not be judged.`;

/** `musterbook audit <bucket>`. */
export function auditCommand(cli: Cli): Command {
  return new Command("audit")
    .description("say what is wrong in a bucket of Thanos blocks")
    .argument("<bucket>", "a directory, or s3://bucket[/prefix]")
    .option("--endpoint <url>", "URL of an S3-compatible server", url)
    .option("--region <region>", "region of the bucket (default: that of your profile)")
    .option("--now <time>", "judge as of this time, such as 2026-11-20T13:10:00Z", instant)
    .option("--config <file>", "JSON file that tells how Thanos is configured (default: Thanos's defaults)")
    .addOption(
      new Option("--output <format>", "for people or for programs").choices(["table", "json"]).default("table"),
    )
    .option("--all", "show infos, swallowed findings and every row as well")
    .addHelpText("after", helpText(cli, HELP))
    .action((bucket: string, options: AuditCommandOptions) => runAudit(cli, auditBucket, bucket, options));
}

function url(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError("Write a URL such as https://s3.example.com:9000.");
}

function instant(text: string): Date {
  const date = new Date(text);
  if (v.is(v.pipe(v.string(), v.isoTimestamp()), text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError("Write a time with its zone, such as 2026-11-20T13:10:00Z.");
}
