import { createHash } from "node:crypto";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { arnOf, contextOf } from "#local/runtime/lambda";

interface SqsMessage {
  readonly id: string;
  readonly body?: string;
  readonly group?: string;
  /** How often it was received, this time included. Default: once. */
  readonly receives?: number;
}

/** The event that Lambda hands to the function behind a queue. */
export function sqsEvent(queue: string, messages: readonly SqsMessage[]): SQSEvent {
  return { Records: messages.map((message, at) => recordOf(queue, message, at)) };
}

function recordOf(queue: string, { id, body = id, group, receives = 1 }: SqsMessage, at: number): SQSRecord {
  const fifo =
    group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: id, SequenceNumber: `${at}` };
  return {
    messageId: id,
    receiptHandle: `${id}.1`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: "1795255200000",
      SenderId: "AIDA",
      ApproximateFirstReceiveTimestamp: "1795255200000",
      ...fifo,
    },
    messageAttributes: {},
    md5OfBody: createHash("md5").update(body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: arnOf("sqs", queue),
    awsRegion: "eu-west-1",
  };
}

/** Lambda's context with this much time left. */
export function lambdaContext(remainingMs = 30_000) {
  return contextOf({ name: "under-test", requestId: "request-1", remainingMs: () => remainingMs });
}
