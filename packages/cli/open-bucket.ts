import { s3Bucket } from "#aws/s3-bucket";
import type { Bucket } from "#blocks/bucket/bucket";
import { TerminalError } from "#fleet/errors";
import { directoryBucket } from "#local/directory-bucket";

export interface OpenOptions {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

/** A bucket as people write it: `s3://bucket[/prefix]` or a directory. Throws TerminalError for anything else. */
export function openBucket(text: string, { endpoint, region }: OpenOptions): Bucket {
  if (/^[a-z\d]+:\//i.test(text)) {
    return s3Bucket(text, {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
    });
  }
  if (endpoint === undefined && region === undefined) return directoryBucket(text);
  throw new TerminalError(`${text} is a directory: --endpoint and --region are for s3://bucket[/prefix]`, {
    reason: "bad-input",
    field: "bucket",
    value: text,
    remedy: `Write s3://${text.replace(/^\/+/, "")}, or leave these options out.`,
  });
}
