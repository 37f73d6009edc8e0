import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";
import { answerOf } from "#aws/answer";
import { onceMoreIfCut } from "#aws/s3-body";
import { type S3ClientOptions, s3Client } from "#aws/s3-client";
import { type S3Attempt, s3Error } from "#aws/s3-error";
import { parseS3Url, type S3Location } from "#aws/s3-url";
import { type ObjectStore, type StoredObject, UNCHANGED } from "#blocks/bucket/bucket";
import { ConflictError, TerminalError } from "#fleet/errors";

/**
 * Objects below `s3://bucket[/prefix]`, written by S3's conditional requests; the version is the ETag. Needs
 * s3:GetObject, s3:PutObject, and s3:ListBucket too: without it S3 answers 403 for what is not there.
 */
export function s3ObjectStore(url: string, options: S3ClientOptions = {}): ObjectStore {
  const at = { client: s3Client(options), location: parseS3Url(url) };
  return {
    read: (key) => read(at, key),
    readUnless: (key, version) => read(at, key, version),
    write: (key, content, expected) => write(at, key, Buffer.from(content), expected),
  };
}

interface Opened {
  readonly client: S3Client;
  readonly location: S3Location;
}

function read(at: Opened, key: string): Promise<StoredObject | undefined>;
function read(at: Opened, key: string, unless: string): Promise<StoredObject | typeof UNCHANGED | undefined>;
async function read(at: Opened, key: string, unless?: string): Promise<StoredObject | typeof UNCHANGED | undefined> {
  const condition = unless === undefined ? {} : { IfNoneMatch: unless };
  const fetchBytes = async () => {
    const answer = await at.client.send(new GetObjectCommand({ ...addressOf(at, key), ...condition }));
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    return { bytes, version: versionOf(at, key, answer.ETag) };
  };
  try {
    return await onceMoreIfCut(fetchBytes);
  } catch (cause) {
    const { status, code } = answerOf(cause);
    if (status === 304 && unless !== undefined) return UNCHANGED;
    if (status === 404 && code !== "NoSuchBucket") return undefined;
    throw s3Error(cause, await attempt(at, "s3:GetObject", key));
  }
}

async function write(at: Opened, key: string, bytes: Uint8Array, expected: string | null): Promise<string> {
  try {
    const condition = expected === null ? { IfNoneMatch: "*" } : { IfMatch: expected };
    const body = { Body: bytes, ContentLength: bytes.byteLength, ...contentOf(key, bytes) };
    const answer = await at.client.send(new PutObjectCommand({ ...addressOf(at, key), ...body, ...condition }));
    return versionOf(at, key, answer.ETag);
  } catch (cause) {
    if (isLost(cause, expected)) throw conflict(at, key, expected, cause);
    throw s3Error(cause, await attempt(at, "s3:PutObject", key));
  }
}

/**
 * 412: another version is there; 409: another write was under way; 404: nothing is there to be replaced. A write whose
 * answer was lost is sent again by the SDK and loses to itself: nobody but a reader can tell that from a defeat.
 */
function isLost(cause: unknown, expected: string | null): boolean {
  const { status, code } = answerOf(cause);
  return status === 412 || status === 409 || (status === 404 && expected !== null && code !== "NoSuchBucket");
}

function conflict({ location }: Opened, key: string, expected: string | null, cause: unknown): ConflictError {
  return new ConflictError(`${key} in ${location.url} has changed: it is not version ${expected ?? "none"} any more`, {
    reason: "version-conflict",
    field: key,
    value: expected,
    remedy: "Read it again and redo the change.",
    cause,
  });
}

function versionOf({ location }: Opened, key: string, etag: string | undefined): string {
  if (etag !== undefined && etag !== "") return etag;
  throw new TerminalError(`${key} in ${location.url} has no ETag`, {
    reason: "s3-no-etag",
    field: key,
    remedy: "Use a server that answers with ETags and heeds If-Match: without them two writers undo each other.",
  });
}

function addressOf({ location }: Opened, key: string) {
  return { Bucket: location.bucket, Key: location.prefix + key };
}

/** By the ending of a key. The last is what a Prometheus that scrapes it must be told. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  prom: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** What is compressed by gzip under the ending of a text is that text, to whoever asks for it by HTTP. */
function contentOf(key: string, bytes: Uint8Array): Pick<PutObjectCommandInput, "ContentType" | "ContentEncoding"> {
  const type = CONTENT_TYPES[key.split(".").at(-1) ?? ""];
  const isCompressed = type !== undefined && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return {
    ContentType: type ?? "application/octet-stream",
    ...(isCompressed ? { ContentEncoding: "gzip" } : {}),
  };
}

async function attempt({ client, location }: Opened, action: S3Attempt["action"], key: string): Promise<S3Attempt> {
  const { url, bucket, prefix } = location;
  const what = `cannot ${action === "s3:GetObject" ? "read" : "write"} ${key} in ${url}`;
  const region = await client.config.region().catch(() => "an unknown region");
  return { what, url, action, resource: `${bucket}/${prefix}${key}`, region };
}
