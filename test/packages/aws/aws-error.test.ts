import { describe, expect, it } from "vitest";
import { awsError } from "#aws/aws-error";
import { TerminalError } from "#fleet/errors";

const ATTEMPT = {
  what: "cannot describe prod-a",
  action: "eks:DescribeCluster",
  resource: "arn:aws:eks:eu-west-1:111122223333:cluster/prod-a",
};

function answered(status: number, name: string): Error {
  return Object.assign(new Error("no"), { name, $metadata: { httpStatusCode: status } });
}

function unanswered(code: string): Error {
  return Object.assign(new Error("no"), { code });
}

describe("awsError", () => {
  it.each([
    ["EKS", 429, "ThrottlingException"],
    ["STS", 400, "Throttling"],
    ["DynamoDB", 400, "ProvisionedThroughputExceededException"],
    ["Route 53", 400, "PriorRequestNotComplete"],
    ["SNS", 400, "ThrottledException"],
    ["SQS's key", 400, "KMS.ThrottlingException"],
    ["a service that names it otherwise", 429, "SomethingNew"],
  ])("tries again later when %s throttles", (_, status, code) => {
    const error = awsError(answered(status, code), ATTEMPT);
    expect(error).toMatchObject({ name: "RetryableError", reason: "throttled", value: ATTEMPT.resource });
  });

  it.each([
    [403, "AccessDeniedException"],
    [403, "AccessDenied"],
    [403, "SomethingNew"],
    [400, "AccessDeniedException"],
    [403, "AuthorizationErrorException"],
    [400, "KMS.AccessDeniedException"],
  ])("names the action and the resource of a missing right (%i %s)", (status, code) => {
    const error = awsError(answered(status, code), ATTEMPT);
    expect(error).toMatchObject({
      name: "TerminalError",
      reason: "forbidden",
      message: expect.stringContaining(`${ATTEMPT.action} on ${ATTEMPT.resource}`),
      remedy: expect.stringContaining(`Allow ${ATTEMPT.action} on ${ATTEMPT.resource}`),
    });
  });

  it.each([
    [403, "ExpiredTokenException"],
    [403, "UnrecognizedClientException"],
    [403, "InvalidClientTokenId"],
    [403, "SignatureDoesNotMatch"],
    [403, "InvalidSignatureException"],
    [400, "InvalidSignatureException"],
    [400, "IncompleteSignatureException"],
    [403, "MissingAuthenticationTokenException"],
    [403, "MissingAuthenticationToken"],
    [400, "RequestExpired"],
  ])("tells credentials that are not valid from a right that is missing (%i %s)", (status, code) => {
    expect(awsError(answered(status, code), ATTEMPT)).toMatchObject({ name: "TerminalError", reason: "credentials" });
  });

  it("tells that there are no credentials at all", () => {
    const none = Object.assign(new Error("none found"), { name: "CredentialsProviderError" });
    expect(awsError(none, ATTEMPT)).toMatchObject({ name: "TerminalError", reason: "credentials" });
  });

  it("says that a token is not valid in a region that the account has not enabled", () => {
    const error = awsError(answered(403, "UnrecognizedClientException"), ATTEMPT);
    expect(error).toMatchObject({ remedy: expect.stringContaining("region") });
  });

  it.each([
    [400, "RequestTimeout"],
    [400, "RequestTimeoutException"],
  ])("tries again when AWS waited in vain for the request (%i %s)", (status, code) => {
    expect(awsError(answered(status, code), ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "unreachable" });
  });

  it.each(["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "NoSuchHostedZone"])(
    "does not blame itself when a thing of the installation is gone (%s)",
    (code) => {
      expect(awsError(answered(404, code), ATTEMPT)).toMatchObject({
        reason: "refused",
        remedy: expect.stringContaining(`${ATTEMPT.resource} exists`),
      });
    },
  );

  it("sends to the key when AWS speaks of KMS", () => {
    const cause = Object.assign(answered(400, "AccessDeniedException"), { message: "Access to KMS is not allowed" });
    expect(awsError(cause, ATTEMPT)).toMatchObject({
      reason: "forbidden",
      remedy: expect.stringContaining("kms:Decrypt"),
    });
  });

  it.each([500, 502, 503])("tries again after a %i", (status) => {
    const error = awsError(answered(status, "ServerException"), ATTEMPT);
    expect(error).toMatchObject({ name: "RetryableError", reason: "server-error" });
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ECONNRESET", "HPE_INVALID_CONSTANT"])(
    "takes %s for a fault of the network",
    (code) => {
      expect(awsError(unanswered(code), ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "unreachable" });
    },
  );

  it("takes a time-out for a fault of the network", () => {
    const late = Object.assign(new Error("late"), { name: "TimeoutError" });
    expect(awsError(late, ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "unreachable" });
  });

  it("tries again when an answer was cut off", () => {
    const cut = answered(200, "SyntaxError");
    expect(awsError(cut, ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "unreachable" });
  });

  it.each(["DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "does not try %s again",
    (code) => {
      expect(awsError(unanswered(code), ATTEMPT)).toMatchObject({ name: "TerminalError", reason: "untrusted" });
    },
  );

  it.each([
    [400, "InvalidParameterException"],
    [404, "ResourceNotFoundException"],
    [409, "ResourceInUseException"],
    [501, "NotImplemented"],
  ])("does not repeat what AWS refuses (%i %s), and keeps the cause", (status, code) => {
    const cause = answered(status, code);
    expect(awsError(cause, ATTEMPT)).toMatchObject({
      name: "TerminalError",
      reason: "refused",
      message: expect.stringContaining(`${code}, ${status}`),
      cause,
    });
  });

  it("leaves our own errors and defects as they are", () => {
    const ours = new TerminalError("of a credentials provider", { reason: "forbidden", remedy: "none" });
    const defect = new TypeError("undefined is not a function");
    expect(awsError(ours, ATTEMPT)).toBe(ours);
    expect(awsError(defect, ATTEMPT)).toBe(defect);
  });
});
