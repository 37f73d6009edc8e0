import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  type LifecycleRule as S3Rule,
} from "@aws-sdk/client-s3";
import { answerOf } from "#aws/answer";
import { awsError } from "#aws/aws-error";
import type { AwsScope } from "#aws/config";
import { s3Client } from "#aws/s3-client";
import type { BucketAt, Facts, LifecycleRule } from "#doctor/facts";
import { partitionOf } from "#fleet/cluster";

type BucketFacts = Pick<Facts, "bucketRegion" | "encryption" | "lifecycle" | "tellsEventBridge">;

/** What S3 tells of a bucket's settings. */
export function bucketFacts(scope: AwsScope): BucketFacts {
  const client = ({ region }: BucketAt) => s3Client({ ...scope, region });
  return {
    bucketRegion: (bucket) => regionOf(client(bucket), bucket),
    encryption: (bucket) => encryptionOf(client(bucket), bucket),
    lifecycle: (bucket) => lifecycleOf(client(bucket), bucket),
    tellsEventBridge: (bucket) => tellsEventBridge(client(bucket), bucket),
  };
}

type Client = ReturnType<typeof s3Client>;

/** The answer, or undefined where S3 has one of the codes that mean "there is none". */
async function asked<T>(
  { name, region }: BucketAt,
  action: string,
  of: { readonly call: () => Promise<T>; readonly none: readonly string[] },
): Promise<T | undefined> {
  try {
    return await of.call();
  } catch (cause) {
    if (of.none.includes(answerOf(cause).code)) return undefined;
    const resource = `arn:${partitionOf(region)}:s3:::${name}`;
    throw awsError(cause, { what: `cannot look at the settings of ${name}`, action, resource });
  }
}

async function regionOf(client: Client, bucket: BucketAt): Promise<string | undefined> {
  const call = async () => {
    try {
      const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket.name }));
      // A server of another make does not say, and has but one.
      return BucketRegion ?? bucket.region;
    } catch (cause) {
      // S3 tells where a bucket is even whom it refuses.
      const { bucketRegion } = answerOf(cause);
      if (bucketRegion !== undefined) return bucketRegion;
      throw cause;
    }
  };
  return await asked(bucket, "s3:ListBucket", { call, none: ["NotFound", "NoSuchBucket"] });
}

async function encryptionOf(client: Client, bucket: BucketAt) {
  const answer = await asked(bucket, "s3:GetEncryptionConfiguration", {
    call: () => client.send(new GetBucketEncryptionCommand({ Bucket: bucket.name })),
    none: ["ServerSideEncryptionConfigurationNotFoundError"],
  });
  const [rule] = answer?.ServerSideEncryptionConfiguration?.Rules ?? [];
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = rule?.ApplyServerSideEncryptionByDefault ?? {};
  return algorithm === undefined ? undefined : { algorithm, key: key ?? null };
}

async function lifecycleOf(client: Client, bucket: BucketAt): Promise<readonly LifecycleRule[]> {
  const answer = await asked(bucket, "s3:GetLifecycleConfiguration", {
    call: () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.name })),
    none: ["NoSuchLifecycleConfiguration"],
  });
  return (answer?.Rules ?? []).filter(({ Status }) => Status === "Enabled").map(ruleOf);
}

function ruleOf({ ID, Prefix, Filter, Expiration, Transitions = [] }: S3Rule): LifecycleRule {
  const { And, Tag } = Filter ?? {};
  return {
    id: ID ?? "(unnamed)",
    prefix: Filter?.Prefix ?? And?.Prefix ?? Prefix ?? "",
    byTags: Tag !== undefined || (And?.Tags ?? []).length > 0,
    expires: Expiration?.Days !== undefined || Expiration?.Date !== undefined,
    classes: Transitions.flatMap(({ StorageClass }) => StorageClass ?? []),
  };
}

async function tellsEventBridge(client: Client, bucket: BucketAt): Promise<boolean> {
  const answer = await asked(bucket, "s3:GetBucketNotification", {
    call: () => client.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket.name })),
    none: [],
  });
  return answer?.EventBridgeConfiguration !== undefined;
}
