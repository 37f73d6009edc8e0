import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { parseWith } from "#config/schema";
import { readBatchResponse, type SqsRecord } from "#local/runtime/sqs-event";

/** SQS gives no more to one call. */
const RECEIVED_AT_ONCE = 10;

export interface PolledQueue {
  readonly client: SQSClient;
  readonly url: string;
  readonly arn: string;
  /** 1 to 10. */
  readonly batchSize: number;
  /** How long to wait for a first message; default: not at all. */
  readonly waitSeconds?: number;
}

export interface Polled {
  /** How many messages the function was given; 0: it was not called. */
  readonly received: number;
  /** Ids of those that stay in the queue, until their visibility time-out. */
  readonly failed: readonly string[];
  /** What the function threw, or why its answer cannot be read. */
  readonly error: unknown;
}

/**
 * Does once what Lambda's event source mapping does without end: receives a batch, calls the function with it, deletes
 * what the function did not give back. A function that throws, or answers what cannot be read, has failed the whole batch.
 */
export async function pollOnce(
  queue: PolledQueue,
  handler: (event: { readonly Records: readonly SqsRecord[] }) => unknown,
): Promise<Polled> {
  const messages = await receiveMessages(queue.client, {
    QueueUrl: queue.url,
    MaxNumberOfMessages: Math.min(queue.batchSize, RECEIVED_AT_ONCE),
    WaitTimeSeconds: queue.waitSeconds ?? 0,
  });
  if (messages.length === 0) return { received: 0, failed: [], error: undefined };
  const records = messages.map((message) => recordOf(message, queue.arn));
  const ids = records.map(({ messageId }) => messageId);
  try {
    const { failed, problem } = readBatchResponse(await handler({ Records: records }), ids);
    await deleteAll(
      queue,
      records.filter(({ messageId }) => !failed.has(messageId)),
    );
    return { received: records.length, failed: [...failed], error: problem ?? undefined };
  } catch (error) {
    if (error instanceof NotDeletedError) throw error;
    return { received: records.length, failed: ids, error };
  }
}

const ReceivedMessage = v.object({
  MessageId: v.string(),
  ReceiptHandle: v.string(),
  Body: v.string(),
  MD5OfBody: v.string(),
  MD5OfMessageAttributes: v.optional(v.string()),
  Attributes: v.object({
    ApproximateReceiveCount: v.string(),
    SentTimestamp: v.string(),
    SenderId: v.string(),
    ApproximateFirstReceiveTimestamp: v.string(),
    MessageGroupId: v.exactOptional(v.string()),
    MessageDeduplicationId: v.exactOptional(v.string()),
    SequenceNumber: v.exactOptional(v.string()),
    AWSTraceHeader: v.exactOptional(v.string()),
    DeadLetterQueueSourceArn: v.exactOptional(v.string()),
  }),
  MessageAttributes: v.optional(
    v.record(v.string(), v.object({ DataType: v.literal("String"), StringValue: v.string() })),
    {},
  ),
});
type ReceivedMessage = v.InferOutput<typeof ReceivedMessage>;

/** Messages with all of their attributes, as SQS returns them. */
export async function receiveMessages(
  client: SQSClient,
  input: ReceiveMessageCommandInput,
): Promise<readonly ReceivedMessage[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ ...input, MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] }),
  );
  return Messages.map(parseMessage);
}

function parseMessage(message: Message): ReceivedMessage {
  const parsed = parseWith(ReceivedMessage, message);
  if (parsed.ok) return parsed.value;
  throw new TypeError(`no message of SQS: ${JSON.stringify(parsed.problems)}`);
}

function recordOf(message: ReceivedMessage, arn: string): SqsRecord {
  const { MD5OfMessageAttributes: md5OfMessageAttributes } = message;
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes).map(([name, { StringValue: stringValue, DataType: dataType }]) => [
        name,
        { stringValue, stringListValues: [], binaryListValues: [], dataType },
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    ...(md5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: arn.split(":")[3] ?? "",
  };
}

class NotDeletedError extends Error {
  override readonly name = "NotDeletedError";
}

async function deleteAll({ client, url }: PolledQueue, records: readonly SqsRecord[]): Promise<void> {
  if (records.length === 0) return;
  const Entries = records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  if (Failed.length > 0) throw new NotDeletedError(`not deleted from ${url}: ${JSON.stringify(Failed)}`);
}
