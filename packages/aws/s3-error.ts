import { type Answer, answerOf, CREDENTIAL_CODES, CUT_OFF, NETWORK, THROTTLED, UNTRUSTED } from "#aws/answer";
import { partitionOf } from "#fleet/cluster";
import { describeError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

/** What was being done, for the message and the policy that is missing. */
export interface S3Attempt {
  /** Beginning of the message: `cannot list s3://metrics-blocks`. */
  readonly what: string;
  readonly url: string;
  readonly action: "s3:ListBucket" | "s3:ListBucketMultipartUploads" | "s3:GetObject" | "s3:PutObject";
  /** Bucket, or bucket and key. */
  readonly resource: string;
  readonly region: string;
}

/**
 * The error of ours for anything that the SDK throws. The HTTP status decides, since a proxy or another server may send
 * no code; the code only refines it. RetryableError `s3-busy`, `s3-unreachable`; TerminalError `s3-no-bucket`,
 * `s3-forbidden`, `s3-credentials`, `s3-wrong-region`, `s3-archived`, `s3-untrusted`, `s3-refused`. What S3 and the network have no part in, a defect, comes back as it is.
 */
export function s3Error(cause: unknown, attempt: S3Attempt): unknown {
  if (cause instanceof MusterbookError) return cause;
  const answer = answerOf(cause);
  const { status, code } = answer;
  if (CREDENTIAL_CODES.has(code)) return credentials(cause, attempt, code);
  if (status === undefined) return unanswered(cause, attempt, code);
  if (status === 301 || status === 307 || REGION_CODES.has(code)) return wrongRegion(cause, attempt, answer);
  if (status === 404) return noBucket(cause, attempt);
  if (code === "InvalidObjectState") return archived(cause, attempt);
  if (status === 401 || status === 403) return forbidden(cause, attempt, answer);
  // S3 hands on what its key service says, with status 400.
  if (status === 429 || THROTTLED.has(code) || CUT_OFF.has(code)) return busy(cause, attempt, answer);
  // 501: a server without conditional writes, say, has none at the next try either.
  if (status >= 500 && status !== 501) return busy(cause, attempt, answer);
  if (status < 300) return unreadable(cause, attempt);
  return refused(cause, attempt, answer);
}

const REGION_CODES = new Set([
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
]);

function credentials(cause: unknown, { what, url }: S3Attempt, code: string): TerminalError {
  return new TerminalError(`${what}: no valid credentials (${code})`, {
    reason: "s3-credentials",
    field: "bucket",
    value: url,
    remedy:
      code === "RequestTimeTooSkewed"
        ? "Set this machine's clock: S3 refuses signatures that are more than 15 minutes off."
        : "Log in (aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID); aws sts get-caller-identity shows who you are.",
    cause,
  });
}

function unanswered(cause: unknown, { what, url }: S3Attempt, code: string): unknown {
  if (describeError(cause).includes("Region is missing")) {
    return new TerminalError(`${what}: no region is configured`, {
      reason: "s3-wrong-region",
      field: "--region",
      remedy: "Give --region, or set AWS_REGION or the region of your profile.",
      cause,
    });
  }
  if (UNTRUSTED.test(code)) {
    return new TerminalError(`${what}: the certificate of the server is not trusted (${code})`, {
      reason: "s3-untrusted",
      field: "--endpoint",
      remedy: "Check the URL, or let NODE_EXTRA_CA_CERTS name the file with your own certificate authority.",
      cause,
    });
  }
  if (!NETWORK.test(code) && !ALTERED.test(describeError(cause))) return cause;
  return new RetryableError(`${what}: no answer from S3 (${code}: ${describeError(cause)})`, {
    reason: "s3-unreachable",
    field: "bucket",
    value: url,
    remedy: "Check the network, the proxy and --endpoint, then run it again.",
    cause,
  });
}

/** What the SDK finds when it compares checksums, or misses the end: plain errors without a code. */
const ALTERED = /^(?:Checksum mismatch|Connection lost or stream closed)/;

function wrongRegion(cause: unknown, { what, region }: S3Attempt, { code, bucketRegion }: Answer): TerminalError {
  return new TerminalError(`${what}: the bucket is not in ${region} (${code})`, {
    reason: "s3-wrong-region",
    field: "--region",
    value: region,
    remedy: `Give ${bucketRegion === undefined ? "the region of the bucket: --region" : `--region ${bucketRegion}`}.`,
    cause,
  });
}

function noBucket(cause: unknown, { what, url, region }: S3Attempt): TerminalError {
  return new TerminalError(`${what}: the bucket does not exist (NoSuchBucket, ${region})`, {
    reason: "s3-no-bucket",
    field: "bucket",
    value: url,
    remedy: "Check the name and the account: aws s3 ls lists the buckets of this account.",
    cause,
  });
}

function archived(cause: unknown, { what, url }: S3Attempt): TerminalError {
  return new TerminalError(`${what}: it is archived (InvalidObjectState)`, {
    reason: "s3-archived",
    field: "bucket",
    value: url,
    remedy: "Restore it from Glacier; Thanos cannot read archived blocks either, so look at the lifecycle rules.",
    cause,
  });
}

function forbidden(cause: unknown, attempt: S3Attempt, { status, code }: Answer): TerminalError {
  const { what, url, action, region } = attempt;
  const arn = `arn:${partitionOf(region)}:s3:::${attempt.resource}`;
  return new TerminalError(`${what}: access denied (${code}, ${status}); ${action} on ${arn} is missing`, {
    reason: "s3-forbidden",
    field: "bucket",
    value: url,
    remedy: `Allow ${action} on ${arn} in your identity's policy and in the bucket's, if it has one${kmsHint(action)}.`,
    cause,
  });
}

function kmsHint(action: S3Attempt["action"]): string {
  if (action.startsWith("s3:ListBucket")) return "";
  return `; and ${action === "s3:GetObject" ? "kms:Decrypt" : "kms:GenerateDataKey"} on its key, if it is encrypted with KMS`;
}

function busy(cause: unknown, { what, url }: S3Attempt, { status, code }: Answer): RetryableError {
  return new RetryableError(`${what}: S3 is busy or failing (${code}, ${status})`, {
    reason: "s3-busy",
    field: "bucket",
    value: url,
    remedy: "Run it again in a minute.",
    cause,
  });
}

function unreadable(cause: unknown, { what, url }: S3Attempt): RetryableError {
  return new RetryableError(`${what}: the answer cannot be read (${describeError(cause)})`, {
    reason: "s3-unreachable",
    field: "bucket",
    value: url,
    remedy: "Run it again; if it stays, check that --endpoint is an S3 server and no proxy changes its answers.",
    cause,
  });
}

function refused(cause: unknown, { what, url }: S3Attempt, { status, code }: Answer): TerminalError {
  return new TerminalError(`${what}: S3 refuses the request (${code}, ${status}): ${describeError(cause)}`, {
    reason: "s3-refused",
    field: "bucket",
    value: url,
    remedy: "Check the bucket's name, --region and --endpoint.",
    cause,
  });
}
