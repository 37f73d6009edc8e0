import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import pMap from "p-map";
import * as v from "valibot";
import { s3Bucket } from "#aws/s3-bucket";
import { s3Client } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import type { FleetBlock } from "#bench/audit/fleet";
import { type BenchObject, type Bodies, objectsOf } from "#bench/audit/objects";
import { COUNTS_PATH, Counts } from "#bench/audit/proxy";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { type S3Server, startVersitygw } from "#test/real/servers/versitygw";

const UPLOADS = 32;
/** What a request waits longer than on the loopback interface, ms. */
const DELAY_MS = 20;

/** An S3 server, and the way to it that is counted and as slow as a network. */
export interface Store {
  /** Behind the proxy. */
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  /** A new bucket. */
  empty(name: string): Promise<BenchBucket>;
  add(bucket: BenchBucket, blocks: Iterable<FleetBlock>, bodies: Bodies): Promise<void>;
  /** The objects of such a bucket, on the short way. */
  objects(url: string): ObjectStore;
  /** Of all objects of a bucket. */
  bytes(url: string): Promise<number>;
  /** Requests since the last call. */
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

export interface BenchBucket {
  readonly name: string;
  /** `s3://<name>` */
  readonly url: string;
  /** Where the index of this bucket is kept. */
  readonly index: string;
  /** Path of an objstore.yaml. */
  readonly objstore: string;
}

export async function startStore(): Promise<Store> {
  const { server, s3 } = await startVersitygw();
  const proxy = await startProxyProcess(s3.url);
  const desk = await mkdtemp(join(tmpdir(), "musterbook-bench-"));
  const direct = {
    endpoint: s3.url,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  };
  const client = s3Client(direct);
  return {
    endpoint: proxy.endpoint,
    env: { AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    empty: async (name) => {
      const index = `${name}-index`;
      await Promise.all([name, index].map((Bucket) => client.send(new CreateBucketCommand({ Bucket }))));
      const objstore = join(desk, `${name}.yaml`);
      await writeFile(objstore, objstoreYaml(name, { endpoint: proxy.endpoint, s3 }));
      return { name, url: `s3://${name}`, index: `s3://${index}`, objstore };
    },
    add: async ({ name }, blocks, bodies) => {
      await pMap(blocks, (block) => put(client, name, objectsOf(block, bodies)), { concurrency: UPLOADS });
    },
    objects: (url) => s3ObjectStore(url, direct),
    bytes: async (url) => {
      let bytes = 0;
      for await (const page of s3Bucket(url, direct).list()) for (const { size } of page) bytes += size;
      return bytes;
    },
    counts: async () => v.parse(Counts, await (await fetch(`${proxy.endpoint}${COUNTS_PATH}`)).json()),
    stop: async () => {
      proxy.stop();
      await server.stop();
      await rm(desk, { recursive: true, force: true });
    },
  };
}

/** In their order: meta.json comes last. */
async function put(client: S3Client, bucket: string, objects: readonly BenchObject[]): Promise<void> {
  for (const { key, body } of objects) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: body.length }));
  }
}

/** JSON is YAML. */
function objstoreYaml(bucket: string, { endpoint, s3 }: { readonly endpoint: string; readonly s3: S3Server }): string {
  const config = {
    ...{ bucket, endpoint: new URL(endpoint).host, insecure: true, region: "us-east-1" },
    ...{ access_key: s3.accessKeyId, secret_key: s3.secretAccessKey, bucket_lookup_type: "path" },
  };
  return JSON.stringify({ type: "S3", config });
}

async function startProxyProcess(upstream: string): Promise<{ readonly endpoint: string; stop(): void }> {
  const main = new URL("proxy-main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [main, upstream, String(DELAY_MS)], { stdio: ["pipe", "pipe", "inherit"] });
  const [said] = await once(child.stdout, "data");
  return { endpoint: `http://127.0.0.1:${Number(String(said))}`, stop: () => child.stdin.end() };
}
