import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import * as v from "valibot";
import { client, type Make, maker, text } from "#test/real/sst/maker";

/** The table and the bucket. */
export const storage: Readonly<Record<string, Make>> = {
  "aws:s3/bucket:Bucket": maker(v.object({ bucket: text }), async ({ bucket }, { place }) => {
    const where = { LocationConstraint: place.region } as const;
    await client(S3Client, place).send(
      new CreateBucketCommand({
        Bucket: bucket,
        CreateBucketConfiguration: where as { LocationConstraint: "eu-west-1" },
      }),
    );
    return undefined;
  }),
  "aws:dynamodb/table:Table": maker(
    v.object({
      name: text,
      hashKey: text,
      rangeKey: text,
      streamViewType: v.picklist(["KEYS_ONLY"]),
      attributes: v.array(v.object({ name: text, type: v.picklist(["S", "N", "B"]) })),
      localSecondaryIndexes: v.array(
        v.object({ name: text, rangeKey: text, projectionType: v.picklist(["ALL", "KEYS_ONLY"]) }),
      ),
    }),
    async (inputs, { place }) => {
      const dynamo = client(DynamoDBClient, place);
      const range = (AttributeName: string) => [{ AttributeName, KeyType: "RANGE" } as const];
      const hash = [{ AttributeName: inputs.hashKey, KeyType: "HASH" } as const];
      await dynamo.send(
        new CreateTableCommand({
          TableName: inputs.name,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: inputs.attributes.map((one) => ({
            AttributeName: one.name,
            AttributeType: one.type,
          })),
          KeySchema: [...hash, ...range(inputs.rangeKey)],
          LocalSecondaryIndexes: inputs.localSecondaryIndexes.map((index) => ({
            IndexName: index.name,
            KeySchema: [...hash, ...range(index.rangeKey)],
            Projection: { ProjectionType: index.projectionType },
          })),
          StreamSpecification: { StreamEnabled: true, StreamViewType: inputs.streamViewType },
        }),
      );
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: inputs.name }));
      return { state: { arn: Table?.TableArn ?? "", streamArn: Table?.LatestStreamArn ?? "" } };
    },
  ),
};
