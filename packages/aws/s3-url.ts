import { TerminalError } from "#fleet/errors";

/** Where blocks are in S3. `prefix` is empty or ends with `/`, so that `foo` never matches `foobar/`. */
export interface S3Location {
  /** As the user wrote it. */
  readonly url: string;
  readonly bucket: string;
  readonly prefix: string;
}

const SCHEME = "s3://";
// Wider than S3's own rule: other servers allow capitals and underscores.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

/** Parses `s3://bucket[/prefix]`; slashes around the prefix are dropped, as Thanos does with its `prefix`. Throws TerminalError. */
export function parseS3Url(url: string): S3Location {
  if (!url.startsWith(SCHEME)) throw badUrl(url, "it does not begin with s3://");
  const [bucket = "", ...rest] = url.slice(SCHEME.length).split("/");
  if (!BUCKET.test(bucket))
    throw badUrl(url, `"${bucket}" is no bucket name (3 to 63 letters, digits, dots and dashes)`);
  const prefix = rest.join("/").replace(/^\/+|\/+$/g, "");
  return { url, bucket, prefix: prefix === "" ? "" : `${prefix}/` };
}

function badUrl(url: string, why: string): TerminalError {
  return new TerminalError(`cannot read the bucket URL ${url}: ${why}`, {
    reason: "bad-bucket-url",
    field: "bucket",
    value: url,
    remedy: `Write s3://bucket or s3://bucket/prefix${suggestion(url)}.`,
  });
}

// https://bucket.s3.eu-west-1.amazonaws.com/prefix and https://s3.eu-west-1.amazonaws.com/bucket/prefix
function suggestion(url: string): string {
  const virtual = /^https?:\/\/([^/]+)\.s3[.-][^/]*amazonaws\.com(\/.*)?$/.exec(url);
  if (virtual) return `; here: s3://${virtual[1]}${virtual[2] ?? ""}`;
  const path = /^https?:\/\/s3[.-][^/]*amazonaws\.com\/(.+)$/.exec(url);
  return path ? `; here: s3://${path[1]}` : "";
}
