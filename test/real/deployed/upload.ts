import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pMap from "p-map";
import type { RecordedObject } from "#local/recorded-bucket";

/** Object by object, as a sidecar does: a block's meta.json is its last. */
export async function upload(s3: S3Client, Bucket: string, objects: readonly RecordedObject[]): Promise<void> {
  const last = ({ key }: RecordedObject) => Number(key.endsWith("meta.json"));
  await pMap(
    objects.toSorted((a, b) => last(a) - last(b)),
    ({ key, size, content }) =>
      s3.send(new PutObjectCommand({ Bucket, Key: key, Body: content ?? new Uint8Array(size) })),
    { concurrency: 16 },
  );
}
