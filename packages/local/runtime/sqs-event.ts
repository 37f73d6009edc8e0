import { createHash } from "node:crypto";
import { arnOf, REGION } from "#local/runtime/lambda";
import type { MessageRow } from "#local/runtime/message-store";

interface SqsAttributes {
  readonly ApproximateReceiveCount: string;
  readonly SentTimestamp: string;
  readonly SenderId: string;
  readonly ApproximateFirstReceiveTimestamp: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly SequenceNumber?: string;
  readonly AWSTraceHeader?: string;
  readonly DeadLetterQueueSourceArn?: string;
}

interface SqsMessageAttribute {
  readonly stringValue: string;
  readonly stringListValues: readonly string[];
  readonly binaryListValues: readonly string[];
  readonly dataType: "String";
}

/** One record of the event that Lambda hands to the function behind a queue. */
export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: SqsAttributes;
  readonly messageAttributes: Readonly<Record<string, SqsMessageAttribute>>;
  readonly md5OfBody: string;
  /** Of a message with attributes; the local queue leaves it out. */
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** Digits of a FIFO sequence number. */
const SEQUENCE_DIGITS = 20;

export function sqsEvent(rows: readonly MessageRow[]): { readonly Records: readonly SqsRecord[] } {
  return { Records: rows.map(recordOf) };
}

function recordOf(row: MessageRow): SqsRecord {
  return {
    messageId: row.id,
    receiptHandle: row.receipt ?? "",
    body: row.body,
    attributes: {
      ApproximateReceiveCount: String(row.receives),
      SentTimestamp: String(row.sent_at),
      SenderId: "local",
      ApproximateFirstReceiveTimestamp: String(row.first_received_at ?? row.sent_at),
      ...(row.group_id === null ? {} : { MessageGroupId: row.group_id }),
      ...(row.dedup_id === null
        ? {}
        : { MessageDeduplicationId: row.dedup_id, SequenceNumber: String(row.seq).padStart(SEQUENCE_DIGITS, "0") }),
    },
    messageAttributes: Object.fromEntries(
      Object.entries(attributesOf(row)).map(([name, stringValue]) => [
        name,
        { stringValue, stringListValues: [], binaryListValues: [], dataType: "String" as const },
      ]),
    ),
    md5OfBody: createHash("md5").update(row.body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: arnOf("sqs", row.queue),
    awsRegion: REGION,
  };
}

export function attributesOf(row: MessageRow): Readonly<Record<string, string>> {
  return JSON.parse(row.attributes);
}

/** Which messages of a batch a function gave back, by id; `problem`: the answer was invalid, which gives back all. */
export interface Handed {
  readonly failed: ReadonlySet<string>;
  readonly problem: string | null;
}

/**
 * Reads a partial batch response as Lambda does: no answer, an empty one and one without failures are success; anything
 * that cannot be read, and an identifier that is empty or not of the batch, fail the whole batch.
 * Source: Lambda developer guide, "Success and failure conditions" of SQS batch item failures.
 */
export function readBatchResponse(response: unknown, ids: readonly string[]): Handed {
  if (response === undefined || response === null || response === "") return { failed: new Set(), problem: null };
  if (typeof response !== "object") return wholeBatch(ids, "the batch response is not an object");
  const failures = "batchItemFailures" in response ? response.batchItemFailures : null;
  if (failures === null || failures === undefined) return { failed: new Set(), problem: null };
  if (!Array.isArray(failures)) return wholeBatch(ids, "batchItemFailures is not a list");
  const named = failures.map((failure: unknown) => identifierOf(failure));
  const known = named.filter((id) => id !== undefined && ids.includes(id));
  if (known.length !== named.length) return wholeBatch(ids, "an itemIdentifier is not of a message of the batch");
  return { failed: new Set(known.filter((id) => id !== undefined)), problem: null };
}

function wholeBatch(ids: readonly string[], problem: string): Handed {
  return { failed: new Set(ids), problem };
}

function identifierOf(failure: unknown): string | undefined {
  if (typeof failure !== "object" || failure === null || !("itemIdentifier" in failure)) return undefined;
  return typeof failure.itemIdentifier === "string" ? failure.itemIdentifier : undefined;
}
