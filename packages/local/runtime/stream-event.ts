import { arnOf, REGION } from "#local/runtime/lambda";

/** A line of the registry's change stream; `at` in milliseconds since the epoch. */
export type Change = { seq: number; arn: string; event: string; at: number };

const STREAM_ARN = arnOf("dynamodb", "table/registry/stream/local");
/** Digits of a sequence number of DynamoDB Streams, so that they sort as text. */
const SEQUENCE_DIGITS = 21;

/** The event that Lambda hands to the function behind a DynamoDB stream of keys. */
export function streamEvent(changes: readonly Change[]): object {
  return { Records: changes.map(recordOf) };
}

function recordOf({ seq, arn, event, at }: Change): object {
  return {
    eventID: `registry-${seq}`,
    eventName: event,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: REGION,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      // The keys of packages/aws/fleet-table.ts.
      Keys: { pk: { S: "clusters" }, sk: { S: arn } },
      SequenceNumber: sequenceOf(seq),
      SizeBytes: Buffer.byteLength(`pkclusterssk${arn}`),
      StreamViewType: "KEYS_ONLY",
    },
    eventSourceARN: STREAM_ARN,
  };
}

/** What Lambda sends to the on-failure destination of a stream: the range, never the records. */
export function exhausted(name: string, changes: readonly Change[], attempts: number): object {
  const [first, last] = [changes.at(0), changes.at(-1)];
  return {
    requestContext: {
      functionArn: arnOf("lambda", `function:${name}`),
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: attempts,
    },
    version: "1.0",
    DDBStreamBatchInfo: {
      shardId: "shardId-local",
      startSequenceNumber: sequenceOf(first?.seq ?? 0),
      endSequenceNumber: sequenceOf(last?.seq ?? 0),
      batchSize: changes.length,
      streamArn: STREAM_ARN,
    },
  };
}

function sequenceOf(seq: number): string {
  return String(seq).padStart(SEQUENCE_DIGITS, "0");
}
