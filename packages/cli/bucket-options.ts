import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { outputOption } from "#cli/output-option";

/** The options of every command that reads a bucket; `formats` beside those that every command has. */
export function bucketOptions(command: Command, formats: readonly string[] = []): Command {
  return command
    .option("--endpoint <url>", "URL of an S3-compatible server", url)
    .option("--region <region>", "region of the bucket (default: that of your profile)")
    .option("--now <time>", "judge as of this time, such as 2026-11-20T13:10:00Z", instant)
    .option("--config <file>", "JSON file that tells how Thanos is configured (default: Thanos's defaults)")
    .addOption(outputOption(formats));
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
