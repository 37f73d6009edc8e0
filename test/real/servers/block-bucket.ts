import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import pMap from "p-map";
import { inject } from "vitest";
import type { AuditReport } from "#blocks/finding";
import { scratchFolder } from "#test/real/servers/scratch";

const CLI = fileURLToPath(new URL("../../../packages/cli/musterbook.mjs", import.meta.url));
const run = promisify(execFile);

/** A bucket that is a folder, for what needs no S3. */
export interface FolderBucket {
  readonly folder: string;
  /** A folder with `objstore.yaml`, in which the commands of a remedy can be run as they are printed. */
  readonly desk: string;
  /** Path of that `objstore.yaml`. */
  readonly objstore: string;
}

/** A folder with these objects, by key. */
export async function makeFolderBucket(
  objects: Readonly<Record<string, string>> | ReadonlyMap<string, Buffer | string>,
): Promise<FolderBucket> {
  const desk = await scratchFolder();
  const folder = join(desk, "bucket");
  for (const [key, content] of objects instanceof Map ? objects : Object.entries(objects)) {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), content);
  }
  const objstore = join(desk, "objstore.yaml");
  await writeFile(objstore, JSON.stringify({ type: "FILESYSTEM", config: { directory: folder } }));
  return { folder, desk, objstore };
}

/** A bucket for blocks on the S3 server that all files share. */
export interface BlockBucket {
  readonly name: string;
  /** A folder with `objstore.yaml`, in which the commands of a remedy can be run as they are printed. */
  readonly desk: string;
  /** Path of that `objstore.yaml`: how Thanos finds the bucket. */
  readonly objstore: string;
  remove(key: string): Promise<void>;
  put(key: string, body: Uint8Array | string): Promise<void>;
}

/** An empty bucket, or one with the objects of `copyOf`. */
export async function makeBlockBucket(purpose: string, copyOf: readonly BlockBucket[] = []): Promise<BlockBucket> {
  const name = `blocks-${purpose}`;
  const { url, accessKeyId, secretAccessKey } = inject("versitygw");
  const s3 = new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  for (const { name: from } of copyOf) await copyObjects(s3, from, name);
  const desk = await scratchFolder();
  const objstore = join(desk, "objstore.yaml");
  const config = {
    bucket: name,
    endpoint: new URL(url).host,
    insecure: true,
    region: "us-east-1",
    access_key: accessKeyId,
    secret_key: secretAccessKey,
    bucket_lookup_type: "path",
  };
  // JSON is YAML.
  await writeFile(objstore, JSON.stringify({ type: "S3", config }));
  return {
    name,
    desk,
    objstore,
    remove: async (key) => void (await s3.send(new DeleteObjectCommand({ Bucket: name, Key: key }))),
    put: async (key, Body) => void (await s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body }))),
  };
}

async function copyObjects(s3: S3Client, from: string, to: string): Promise<void> {
  const { Contents = [], IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket: from }));
  if (IsTruncated) throw new Error(`${from} has more objects than a test's bucket should`);
  const copy = ({ Key }: { readonly Key?: string | undefined }) =>
    s3.send(new CopyObjectCommand({ Bucket: to, Key, CopySource: `${from}/${Key}` }));
  await pMap(Contents, copy, { concurrency: 8 });
}

export interface Audited {
  readonly exitCode: number;
  readonly report: AuditReport;
}

/**
 * `musterbook audit s3://<bucket>`, the command itself. `now` in ms; default: the clock. `settings` are those of its `--config` file.
 * Throws where the bucket could not be judged.
 */
export async function auditWithCli(
  { name, desk }: BlockBucket,
  { now, settings = {} }: { readonly now?: number; readonly settings?: object } = {},
): Promise<Audited> {
  const { url, accessKeyId, secretAccessKey } = inject("versitygw");
  const config = join(desk, "audit.json");
  await writeFile(config, JSON.stringify(settings));
  const when = now === undefined ? [] : ["--now", new Date(now).toISOString()];
  const args = [CLI, "audit", `s3://${name}`, "--endpoint", url, "--output", "json", "--config", config, ...when];
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  try {
    const { stdout } = await run(process.execPath, args, { env });
    return { exitCode: 0, report: JSON.parse(stdout) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === 1 && "stdout" in error)) throw error;
    // Node itself ends with 1 too, where it cannot load a module: it then prints no report.
    if (error.stdout === "") throw error;
    return { exitCode: 1, report: JSON.parse(String(error.stdout)) };
  }
}
