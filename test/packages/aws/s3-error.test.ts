import { describe, expect, it } from "vitest";
import { type S3Attempt, s3Error } from "#aws/s3-error";
import { TerminalError } from "#fleet/errors";

const ATTEMPT: S3Attempt = {
  what: "cannot list s3://blocks",
  url: "s3://blocks",
  action: "s3:ListBucket",
  resource: "blocks",
  region: "eu-west-1",
};

function answered(status: number, name: string): Error {
  return Object.assign(new Error("no"), { name, $metadata: { httpStatusCode: status } });
}

describe("s3Error", () => {
  it.each([
    ["eu-west-1", "arn:aws:s3:::blocks"],
    ["cn-north-1", "arn:aws-cn:s3:::blocks"],
    ["us-gov-west-1", "arn:aws-us-gov:s3:::blocks"],
  ])("names the resource in the partition of %s", (region, arn) => {
    const error = s3Error(answered(403, "AccessDenied"), { ...ATTEMPT, region });
    expect(error).toMatchObject({
      reason: "s3-forbidden",
      remedy: expect.stringContaining(`s3:ListBucket on ${arn} `),
    });
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ECONNRESET", "HPE_INVALID_CONSTANT"])(
    "takes %s for a fault of the network",
    (code) => {
      const error = s3Error(Object.assign(new Error("no"), { code }), ATTEMPT);
      expect(error).toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
    },
  );

  it("takes a time-out for a fault of the network", () => {
    const error = s3Error(Object.assign(new Error("late"), { name: "TimeoutError" }), ATTEMPT);
    expect(error).toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
  });

  it.each(["DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "does not try %s again",
    (code) => {
      const error = s3Error(Object.assign(new Error("no"), { code }), ATTEMPT);
      expect(error).toMatchObject({ name: "TerminalError", reason: "s3-untrusted" });
    },
  );

  it.each([
    [400, "RequestTimeout"],
    [400, "ThrottlingException"],
    [400, "KMS.ThrottlingException"],
    [429, ""],
  ])("tries again later after %i %s", (status, code) => {
    expect(s3Error(answered(status, code), ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "s3-busy" });
  });

  it("does not try again what a server cannot do", () => {
    const error = s3Error(answered(501, "NotImplemented"), ATTEMPT);
    expect(error).toMatchObject({ name: "TerminalError", reason: "s3-refused" });
  });

  it.each([
    [400, "InvalidToken"],
    [400, "TokenRefreshRequired"],
    [403, "RequestExpired"],
  ])("tells credentials that are not valid (%i %s)", (status, code) => {
    expect(s3Error(answered(status, code), ATTEMPT)).toMatchObject({ reason: "s3-credentials" });
  });

  it("says that no region is configured", () => {
    expect(s3Error(new Error("Region is missing"), ATTEMPT)).toMatchObject({ field: "--region" });
  });

  it("keeps the cause", () => {
    const cause = answered(503, "SlowDown");
    expect(s3Error(cause, ATTEMPT)).toMatchObject({ name: "RetryableError", reason: "s3-busy", cause });
  });

  it("leaves our own errors and defects as they are", () => {
    const ours = new TerminalError("too large", { remedy: "look" });
    const defect = new TypeError("x is not a function");
    expect(s3Error(ours, ATTEMPT)).toBe(ours);
    expect(s3Error(defect, ATTEMPT)).toBe(defect);
    expect(s3Error("thrown text", ATTEMPT)).toBe("thrown text");
  });
});
