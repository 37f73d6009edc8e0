import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import * as v from "valibot";
import { client, does, type Make, maker, text } from "#test/real/sst/maker";

/** The table, and the bucket with what belongs to it. */
export const storage: Readonly<Record<string, Make>> = {
  "aws:s3/bucket:Bucket": does(v.object({ bucket: text }), async ({ bucket }, { place }) => {
    const where = { LocationConstraint: place.region } as const;
    await client(S3Client, place).send(
      new CreateBucketCommand({
        Bucket: bucket,
        CreateBucketConfiguration: where as { LocationConstraint: "eu-west-1" },
      }),
    );
  }),
  "aws:s3/bucketVersioning:BucketVersioning": does(
    v.object({ bucket: text, versioningConfiguration: v.object({ status: v.literal("Enabled") }) }),
    async ({ bucket: Bucket, versioningConfiguration: { status: Status } }, { place }) =>
      client(S3Client, place).send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })),
  ),
  "aws:s3/bucketPolicy:BucketPolicy": does(
    v.object({ bucket: text, policy: text }),
    async ({ bucket: Bucket, policy: Policy }, { place }) =>
      client(S3Client, place).send(new PutBucketPolicyCommand({ Bucket, Policy })),
  ),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": does(
    v.object({
      ...{ bucket: text, blockPublicAcls: v.boolean(), blockPublicPolicy: v.boolean() },
      ...{ ignorePublicAcls: v.boolean(), restrictPublicBuckets: v.boolean() },
    }),
    async (inputs, { place }) =>
      client(S3Client, place).send(
        new PutPublicAccessBlockCommand({
          Bucket: inputs.bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: inputs.blockPublicAcls,
            BlockPublicPolicy: inputs.blockPublicPolicy,
            IgnorePublicAcls: inputs.ignorePublicAcls,
            RestrictPublicBuckets: inputs.restrictPublicBuckets,
          },
        }),
      ),
  ),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": does(
    v.object({
      bucket: text,
      rules: v.array(
        v.object({
          id: text,
          status: v.literal("Enabled"),
          filter: v.object({ prefix: v.optional(text, "") }),
          expiration: v.optional(v.object({ days: v.number() })),
          noncurrentVersionExpiration: v.object({ noncurrentDays: v.number() }),
        }),
      ),
    }),
    async ({ bucket: Bucket, rules }, { place }) => {
      const Rules = rules.map(({ id: ID, status: Status, filter, expiration, noncurrentVersionExpiration: old }) => ({
        ...{ ID, Status, Filter: { Prefix: filter.prefix } },
        ...(expiration === undefined ? {} : { Expiration: { Days: expiration.days } }),
        NoncurrentVersionExpiration: { NoncurrentDays: old.noncurrentDays },
      }));
      await client(S3Client, place).send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
      );
    },
  ),
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
