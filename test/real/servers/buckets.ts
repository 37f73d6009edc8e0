import { randomUUID } from "node:crypto";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pMap from "p-map";
import { inject } from "vitest";
import { type S3ClientOptions, s3Client } from "#aws/s3-client";

/** The servers that speak S3. */
export type S3On = "ministack" | "moto" | "versitygw";

export interface FreshBucket {
  readonly name: string;
  /** `s3://<name>` */
  readonly url: string;
  /** How the server is reached. */
  readonly options: S3ClientOptions & { readonly endpoint: string };
  readonly client: S3Client;
  /** Writes these texts by key. */
  fill(objects: Readonly<Record<string, string>>): Promise<void>;
}

const clients = new Map<S3On, S3Client>();

/** An empty bucket on one of the shared servers. */
export async function freshBucket(on: S3On): Promise<FreshBucket> {
  const options = optionsOf(on);
  const client = clients.get(on) ?? s3Client(options);
  clients.set(on, client);
  const name = `b-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    name,
    url: `s3://${name}`,
    options,
    client,
    fill: async (objects) => {
      const put = ([Key, Body]: readonly [string, string]) =>
        client.send(new PutObjectCommand({ Bucket: name, Key, Body, ContentLength: Buffer.byteLength(Body) }));
      await pMap(Object.entries(objects), put, { concurrency: 32 });
    },
  };
}

function optionsOf(on: S3On): FreshBucket["options"] {
  if (on !== "versitygw") return { endpoint: inject(on).url };
  const { url: endpoint, accessKeyId, secretAccessKey } = inject("versitygw");
  return { endpoint, credentials: { accessKeyId, secretAccessKey } };
}
