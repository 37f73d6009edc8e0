import { type Answer, answerOf, CREDENTIAL_CODES, CUT_OFF, NETWORK, THROTTLED, UNTRUSTED } from "#aws/answer";
import { describeError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

/** What was being done, for the message and the policy that is missing. */
export interface AwsAttempt {
  /** Beginning of the message: `cannot describe arn:aws:eks:…`. */
  readonly what: string;
  /** `eks:DescribeCluster`. */
  readonly action: string;
  /** ARN, or what names the resource best. */
  readonly resource: string;
}

/**
 * The error of ours for anything that the SDK throws, whatever the service. RetryableError `throttled`, `unreachable`,
 * `server-error`; TerminalError `credentials`, `untrusted`, `forbidden`, and `refused` for any other answer.
 * Codes with a meaning of their own (a conditional write that lost, a thing that is not there) are the caller's to look
 * at first. What AWS and the network have no part in, a defect, comes back as it is.
 */
export function awsError(cause: unknown, attempt: AwsAttempt): unknown {
  if (cause instanceof MusterbookError) return cause;
  const answer = answerOf(cause);
  const { status, code } = answer;
  if (CREDENTIAL_CODES.has(code)) return credentials(cause, attempt, code);
  if (THROTTLED.has(code) || status === 429) return retryable(cause, attempt, "throttled", `${code}, throttled`);
  if (status === undefined) return unanswered(cause, attempt, code);
  if (CUT_OFF.has(code)) return retryable(cause, attempt, "unreachable", `${code}, ${status}`);
  if (FORBIDDEN.has(code) || status === 401 || status === 403) return forbidden(cause, attempt, code);
  if (status >= 500 && status !== NOT_IMPLEMENTED)
    return retryable(cause, attempt, "server-error", `${code}, ${status}`);
  if (status < 300) return retryable(cause, attempt, "unreachable", `unreadable answer: ${describeError(cause)}`);
  return refused(cause, attempt, answer);
}

/** It will not be implemented at the next try either. */
const NOT_IMPLEMENTED = 501;

const FORBIDDEN = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "AuthorizationErrorException",
  "KMS.AccessDeniedException",
  "KMSAccessDenied",
  "KMSAccessDeniedException",
  "KmsAccessDenied",
  "NotAuthorizedException",
  "UnauthorizedOperation",
]);

function retryable(cause: unknown, { what, resource }: AwsAttempt, reason: string, why: string): RetryableError {
  return new RetryableError(`${what}: ${why}`, {
    reason,
    field: "resource",
    value: resource,
    remedy:
      "Nothing to do at first: it is tried again. If it stays, look at the quotas of the account and at AWS Health.",
    cause,
  });
}

function credentials(cause: unknown, { what, resource }: AwsAttempt, code: string): TerminalError {
  return new TerminalError(`${what}: no valid credentials (${code})`, {
    reason: "credentials",
    field: "resource",
    value: resource,
    remedy: `${LOG_IN} In a region that the account has not enabled no token is valid.`,
    cause,
  });
}

const LOG_IN =
  "Log in (aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID); aws sts get-caller-identity shows who you are. A function's role must still exist.";

function unanswered(cause: unknown, attempt: AwsAttempt, code: string): unknown {
  if (UNTRUSTED.test(code)) {
    return new TerminalError(`${attempt.what}: the certificate of the server is not trusted (${code})`, {
      reason: "untrusted",
      remedy: "Let NODE_EXTRA_CA_CERTS name the file with your proxy's certificate authority.",
      cause,
    });
  }
  if (!NETWORK.test(code)) return cause;
  return retryable(cause, attempt, "unreachable", `no answer (${code}: ${describeError(cause)})`);
}

function forbidden(cause: unknown, { what, action, resource }: AwsAttempt, code: string): TerminalError {
  return new TerminalError(`${what}: access denied (${code}); ${action} on ${resource} is missing`, {
    reason: "forbidden",
    field: "resource",
    value: resource,
    remedy: `Allow ${action} on ${resource} in the role's policy; a service control policy or a boundary may deny it too.${keyHint(cause)}`,
    cause,
  });
}

/** The services have one code for both, and only their words tell a key from a thing. */
function keyHint(cause: unknown): string {
  if (!/kms/i.test(`${answerOf(cause).code} ${describeError(cause)}`)) return "";
  return " AWS speaks of KMS: the role and the key's policy must allow kms:Decrypt and kms:GenerateDataKey on its key.";
}

/** Codes of a queue, a topic or a zone that is not there; SQS's has a second, older name. */
const GONE = new Set(["AWS.SimpleQueueService.NonExistentQueue", "NoSuchHostedZone", "NotFound", "QueueDoesNotExist"]);

function refused(cause: unknown, { what, action, resource }: AwsAttempt, { status, code }: Answer): TerminalError {
  return new TerminalError(`${what}: AWS refuses ${action} (${code}, ${status}): ${describeError(cause)}`, {
    reason: "refused",
    field: "resource",
    value: resource,
    remedy: GONE.has(code)
      ? `See that ${resource} exists in this account and region: deploy what makes it, or correct its name.`
      : "The answer says what is wrong with the request; if the request is right, this is a defect of Musterbook.",
    cause,
  });
}
