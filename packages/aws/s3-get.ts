import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import type { Direct } from "#aws/s3-direct";

/** What is read of an answer: the SDK's, or one that is as good. */
export type ObjectAnswer = Pick<GetObjectCommandOutput, "ContentLength"> & { readonly Body?: unknown };

/** Asks for an object, or for a `range` of it as HTTP writes it; throws what the SDK throws. */
export type GetObject = (key: string, range?: string) => Promise<ObjectAnswer>;

/** Reads objects of one bucket, without the SDK where that can be. */
export function objectGetter(client: S3Client, bucket: string, direct: Direct): GetObject {
  return async (key, range) => {
    const asked = range === undefined ? { key, status: 200 } : { key, headers: { range }, status: 206 };
    const answer = await direct(asked);
    if (answer !== undefined) return { Body: answer.body, ContentLength: lengthOf(answer.headers) };
    const ranged = range === undefined ? {} : { Range: range };
    return client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...ranged }));
  };
}

function lengthOf(headers: Readonly<Record<string, string>>): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
