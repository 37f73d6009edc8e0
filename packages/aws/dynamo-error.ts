import { answerOf } from "#aws/answer";
import { type AwsAttempt, awsError } from "#aws/aws-error";
import { describeError, TerminalError } from "#fleet/errors";

/** The error of ours for anything that DynamoDB's client throws, but for a conditional write that lost. */
export function dynamoError(cause: unknown, attempt: AwsAttempt): unknown {
  const { code } = answerOf(cause);
  if (code === "ResourceNotFoundException") {
    return new TerminalError(`${attempt.what}: there is no table ${attempt.resource} in this account and region`, {
      reason: "no-table",
      field: "table",
      value: attempt.resource,
      remedy: "Deploy the stack that has it, or correct the name, the account or the region.",
      cause,
    });
  }
  if (code === "ValidationException" && /item size/i.test(describeError(cause))) {
    return new TerminalError(
      `${attempt.what}: the record is too large: an item of DynamoDB has 400 KB, with its copies in indexes`,
      {
        reason: "too-large",
        field: "record",
        remedy: "Shorten what makes it large, such as the evidence of an alert.",
        cause,
      },
    );
  }
  return awsError(cause, attempt);
}
