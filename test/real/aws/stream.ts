import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { type AwsScope, awsConfig } from "#aws/config";

/** What changed in a table since the last look, as Lambda's poller would hand it over. */
export interface TableStream {
  /** A DynamoDB stream event with what is new; undefined when nothing is. */
  next(): Promise<{ readonly Records: readonly object[] } | undefined>;
}

/** Reads a stream from its beginning. */
export async function tableStream(scope: AwsScope, streamArn: string): Promise<TableStream> {
  const client = new DynamoDBStreamsClient(awsConfig(scope));
  const iterators = await shardIterators(client, streamArn);
  return {
    async next() {
      const records: object[] = [];
      for (const [shard, iterator] of iterators) {
        const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
        if (page.NextShardIterator === undefined) iterators.delete(shard);
        else iterators.set(shard, page.NextShardIterator);
        for (const record of page.Records ?? []) records.push({ ...record, eventSourceARN: streamArn });
      }
      return records.length === 0 ? undefined : { Records: records };
    },
  };
}

async function shardIterators(client: DynamoDBStreamsClient, streamArn: string): Promise<Map<string, string>> {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const iterators = new Map<string, string>();
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const start = { StreamArn: streamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
    if (ShardId !== undefined && ShardIterator !== undefined) iterators.set(ShardId, ShardIterator);
  }
  return iterators;
}
