import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { textAttributes } from "#aws/sqs-queues";
import { RetryableError, TerminalError } from "#fleet/errors";
import { checkPublication } from "#fleet/message-limits";
import type { Publication, Topics } from "#fleet/messaging";

/**
 * SNS standard topics, by the names of the wiring; `arns` has the ARN of each. What SNS refuses, or would discard on the
 * way to a queue, is refused before it is sent: TerminalError `unknown-topic`, `invalid-message`. Else as `awsError`.
 */
export function snsTopics(scope: AwsScope, arns: Readonly<Record<string, string>>): Topics {
  const client = new SNSClient(awsConfig(scope));
  return {
    publish: async (topic, publication) => {
      const arn = arnOf(arns, topic);
      checkPublication(topic, publication);
      try {
        const { MessageId = "" } = await client.send(commandOf(arn, publication));
        if (MessageId === "") throw unclear(topic, arn);
      } catch (cause) {
        throw awsError(cause, { what: `cannot publish to ${topic}`, action: "sns:Publish", resource: arn });
      }
    },
  };
}

function arnOf(arns: Readonly<Record<string, string>>, topic: string): string {
  const arn = Object.hasOwn(arns, topic) ? arns[topic] : undefined;
  if (arn !== undefined) return arn;
  throw new TerminalError(`there is no topic ${topic}`, {
    remedy: `Name one of the wiring: ${Object.keys(arns).join(", ")}.`,
    reason: "unknown-topic",
    field: "topic",
    value: topic,
  });
}

// The SDK reads any answer of 200, a log-in page too, as one without an id.
function unclear(topic: string, arn: string): RetryableError {
  return new RetryableError(`cannot publish to ${topic}: the answer has no message id`, {
    reason: "unreachable",
    field: "resource",
    value: arn,
    remedy: "It is tried again; if it stays, check that the endpoint is SNS and no proxy changes its answers.",
  });
}

function commandOf(arn: string, { message, attributes, groupId }: Publication): PublishCommand {
  return new PublishCommand({
    TopicArn: arn,
    Message: message,
    MessageAttributes: textAttributes(attributes),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
  });
}
