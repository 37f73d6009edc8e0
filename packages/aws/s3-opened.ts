import type { S3Client } from "@aws-sdk/client-s3";
import type { S3Attempt } from "#aws/s3-error";
import type { S3Location } from "#aws/s3-url";

/** A client and the place that it is for. */
export interface Opened {
  readonly client: S3Client;
  readonly location: S3Location;
  readonly pageSize: number | undefined;
}

/** What is being done, for its error; an empty key for the bucket as a whole. */
export async function attempt(
  { client, location }: Opened,
  action: S3Attempt["action"],
  key: string,
): Promise<S3Attempt> {
  const { url, bucket, prefix } = location;
  const resource = key === "" ? bucket : `${bucket}/${prefix}${key}`;
  const what = key === "" ? `cannot list ${url}` : `cannot read ${key} in ${url}`;
  const region = await client.config.region().catch(() => "an unknown region");
  return { what, url, action, resource, region };
}
