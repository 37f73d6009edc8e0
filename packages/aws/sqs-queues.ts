import { type MessageAttributeValue, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { RetryableError, TerminalError } from "#fleet/errors";
import { checkMessage } from "#fleet/message-limits";
import type { OutgoingMessage, Queues } from "#fleet/messaging";

/**
 * SQS, by the names of the wiring; `urls` has the URL of each queue. What SQS refuses or would alter is refused before
 * it is sent: TerminalError `unknown-queue`, `invalid-message`. Else as `awsError`, and RetryableError `checksum`.
 */
export function sqsQueues(scope: AwsScope, urls: Readonly<Record<string, string>>): Queues {
  const client = new SQSClient(awsConfig(scope));
  return {
    send: async (queue, message) => {
      const url = urlOf(urls, queue);
      checkMessage(queue, message);
      try {
        await client.send(commandOf(url, message));
      } catch (cause) {
        throw errorOf(queue, url, cause);
      }
    },
  };
}

function urlOf(urls: Readonly<Record<string, string>>, queue: string): string {
  const url = Object.hasOwn(urls, queue) ? urls[queue] : undefined;
  if (url !== undefined) return url;
  throw new TerminalError(`there is no queue ${queue}`, {
    remedy: `Name one of the wiring: ${Object.keys(urls).join(", ")}.`,
    reason: "unknown-queue",
    field: "queue",
    value: queue,
  });
}

function commandOf(url: string, { body, attributes = {}, groupId, dedupId }: OutgoingMessage): SendMessageCommand {
  return new SendMessageCommand({
    QueueUrl: url,
    MessageBody: body,
    MessageAttributes: textAttributes(attributes),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(dedupId === undefined ? {} : { MessageDeduplicationId: dedupId }),
  });
}

/** Attributes as SQS and SNS write them. */
export function textAttributes(attributes: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  const written = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]);
  return Object.fromEntries(written);
}

function errorOf(queue: string, url: string, cause: unknown): unknown {
  // The SDK compares the digest in the answer with the message's, and throws an error that has but this text.
  if (cause instanceof Error && cause.message === "InvalidChecksumError") return altered(queue, url, cause);
  return awsError(cause, { what: `cannot send to ${queue}`, action: "sqs:SendMessage", resource: url });
}

function altered(queue: string, url: string, cause: unknown): RetryableError {
  return new RetryableError(`cannot send to ${queue}: what arrived is not what was sent`, {
    reason: "checksum",
    field: "resource",
    value: url,
    remedy: "Nothing to do at first: it is tried again. If it stays, look for a proxy that changes requests.",
    cause,
  });
}
