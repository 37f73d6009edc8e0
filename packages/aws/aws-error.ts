import { answerOf, CREDENTIAL_CODES, NETWORK, UNTRUSTED } from "#aws/answer";
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
  const { status, code } = answerOf(cause);
  if (CREDENTIAL_CODES.has(code) || EXPIRED.has(code)) return credentials(cause, attempt, code);
  if (THROTTLED.has(code) || status === 429) return retryable(cause, attempt, "throttled", `${code}, throttled`);
  if (status === undefined) return unanswered(cause, attempt, code);
  if (FORBIDDEN.has(code) || status === 401 || status === 403) return forbidden(cause, attempt, code);
  if (status >= 500) return retryable(cause, attempt, "server-error", `${code}, ${status}`);
  if (status < 300) return retryable(cause, attempt, "unreachable", `unreadable answer: ${describeError(cause)}`);
  return refused(cause, attempt, `${code}, ${status}`);
}

const EXPIRED = new Set(["UnrecognizedClientException", "InvalidClientTokenId", "IncompleteSignature"]);

const THROTTLED = new Set([
  "KMSThrottling",
  "KmsThrottled",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);

const FORBIDDEN = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "AuthorizationErrorException",
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
    remedy: "Log in (aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID); aws sts get-caller-identity shows who you are.",
    cause,
  });
}

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
    remedy: `Allow ${action} on ${resource} in the role's policy; a service control policy or a boundary may deny it too.`,
    cause,
  });
}

function refused(cause: unknown, { what, action, resource }: AwsAttempt, why: string): TerminalError {
  return new TerminalError(`${what}: AWS refuses ${action} (${why}): ${describeError(cause)}`, {
    reason: "refused",
    field: "resource",
    value: resource,
    remedy: "The answer says what is wrong with the request; if the request is right, this is a defect of Musterbook.",
    cause,
  });
}
