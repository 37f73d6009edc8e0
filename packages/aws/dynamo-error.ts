import { answerOf } from "#aws/answer";
import { type AwsAttempt, awsError } from "#aws/aws-error";
import { describeError, TerminalError } from "#fleet/errors";

/** The error of ours for anything that DynamoDB's client throws, but for a conditional write that lost. */
export function dynamoError(cause: unknown, attempt: AwsAttempt): unknown {
  const { code } = answerOf(cause);
  // Of an index, the table is what comes before the first slash: no name has one.
  const [table = ""] = attempt.resource.split("/");
  if (code === "ResourceNotFoundException") {
    return new TerminalError(`${attempt.what}: there is no table ${table} in this account and region`, {
      reason: "no-table",
      field: "table",
      value: table,
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
  if (code === "ItemCollectionSizeLimitExceededException") return full(cause, attempt);
  return awsError(cause, attempt);
}

/** Only tables with local indexes have this limit: 10 GB for all that has one partition key. */
function full(cause: unknown, { what, resource }: AwsAttempt): TerminalError {
  return new TerminalError(`${what}: the table ${resource} has no room left for this kind of record (10 GB)`, {
    reason: "table-full",
    field: "table",
    value: resource,
    remedy: "See that the table's time to live is switched on (expiresAt), or delete records that nobody needs.",
    cause,
  });
}
