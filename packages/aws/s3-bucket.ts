import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import * as v from "valibot";
import { answerOf } from "#aws/answer";
import { onceMoreIfCut, readBody } from "#aws/s3-body";
import { type S3ClientOptions, s3Client } from "#aws/s3-client";
import { s3Error } from "#aws/s3-error";
import { type GetObject, objectGetter } from "#aws/s3-get";
import { attempt, type Opened } from "#aws/s3-opened";
import { incompleteUploads } from "#aws/s3-uploads";
import { parseS3Url, type S3Location } from "#aws/s3-url";
import type { Bucket, ByteRange, ObjectEntry } from "#blocks/bucket";
import { compareKeys, type ListOptions, tooLarge } from "#blocks/listing";
import { parseWith } from "#config/schema";
import { RetryableError, TerminalError } from "#fleet/errors";

export interface S3BucketOptions extends S3ClientOptions {
  /** Keys of a page; S3 gives 1000 at most. */
  readonly pageSize?: number;
}

/** `s3://bucket[/prefix]` on AWS or any S3-compatible server as a bucket. A bad URL throws TerminalError at once. */
export function s3Bucket(url: string, options: S3BucketOptions = {}): Bucket {
  const client = s3Client(options);
  const location = parseS3Url(url);
  const at = { client, location, pageSize: options.pageSize, getObject: objectGetter(client, location.bucket) };
  return {
    url,
    endpoint: options.endpoint,
    list: (listOptions = {}) => list(at, listOptions),
    get: (key, maxBytes) => get(at, key, { maxBytes }),
    getRange: (key, range) => getRange(at, key, range),
    incompleteUploads: (atMost) => incompleteUploads(at, atMost),
  };
}

// Every field that the audit relies on must be there: a page without IsTruncated is no listing but, say, a login page.
const PAGE = v.object({
  IsTruncated: v.boolean(),
  NextContinuationToken: v.optional(v.string(), ""),
  Contents: v.optional(
    v.array(
      v.object({
        Key: v.string(),
        Size: v.number(),
        LastModified: v.date(),
        ETag: v.optional(v.string(), ""),
        StorageClass: v.optional(v.string(), "STANDARD"),
      }),
    ),
    [],
  ),
});
type Page = v.InferOutput<typeof PAGE>;

async function* list(at: Opened, options: ListOptions): AsyncGenerator<readonly ObjectEntry[]> {
  let token = "";
  let last = options.startAfter;
  for (;;) {
    const page = await fetchPage(at, options, token);
    const entries = page.Contents.map((object) => entryOf(object, at.location)).filter(({ key }) => key !== "");
    last = checkOrder(at.location, entries, last);
    if (entries.length > 0) yield entries;
    if (!page.IsTruncated) return;
    // The response's ContinuationToken only echoes the request's: NextContinuationToken continues.
    if (page.NextContinuationToken === "" || page.NextContinuationToken === token) throw truncated(at.location);
    token = page.NextContinuationToken;
  }
}

async function fetchPage(at: Opened, { startAfter, prefix = "" }: ListOptions, token: string): Promise<Page> {
  const { client, location, pageSize } = at;
  const command = new ListObjectsV2Command({
    Bucket: location.bucket,
    Prefix: location.prefix + prefix,
    ...(pageSize === undefined ? {} : { MaxKeys: pageSize }),
    ...(token === "" ? {} : { ContinuationToken: token }),
    ...(startAfter === undefined || token !== "" ? {} : { StartAfter: location.prefix + startAfter }),
  });
  try {
    const parsed = parseWith(PAGE, await client.send(command));
    if (parsed.ok) return parsed.value;
    throw noListing(location, parsed.problems.map(({ field }) => field).join(", "));
  } catch (cause) {
    throw s3Error(cause, await attempt(at, "s3:ListBucket", ""));
  }
}

function entryOf(object: Page["Contents"][number], { prefix, url }: S3Location): ObjectEntry {
  if (!object.Key.startsWith(prefix)) throw noListing({ url }, `a key outside of the prefix: ${object.Key}`);
  return {
    key: object.Key.slice(prefix.length),
    size: object.Size,
    lastModified: object.LastModified.getTime(),
    etag: object.ETag.replaceAll('"', ""),
    storageClass: object.StorageClass,
  };
}

/** The last key; a page that goes back, as after a stale token, would list some objects twice and others never. */
function checkOrder(
  { url }: S3Location,
  entries: readonly ObjectEntry[],
  before: string | undefined,
): string | undefined {
  let last = before;
  for (const { key } of entries) {
    if (last !== undefined && compareKeys(key, last) <= 0) throw noListing({ url }, `${key} is listed after ${last}`);
    last = key;
  }
  return last;
}

function truncated({ url }: S3Location): RetryableError {
  return new RetryableError(`cannot list ${url}: a page is truncated but names no next page`, {
    reason: "list-truncated",
    field: "bucket",
    value: url,
    remedy: "Run it again; if it stays, the server or a proxy before it is at fault, since the listing ends half-way.",
  });
}

function noListing({ url }: Pick<S3Location, "url">, why: string): TerminalError {
  return new TerminalError(`cannot list ${url}: the answer is no listing of S3 in key order (${why})`, {
    reason: "list-malformed",
    field: "bucket",
    value: url,
    remedy:
      "Check that --endpoint is an S3 server. S3 Express directory buckets list in no order and cannot be audited.",
  });
}

interface Readable extends Opened {
  readonly getObject: GetObject;
}

async function getRange(at: Readable, key: string, { start, length }: ByteRange): Promise<Uint8Array | undefined> {
  return get(at, key, { maxBytes: length, range: `bytes=${start}-${start + length - 1}` });
}

async function get(
  at: Readable,
  key: string,
  { maxBytes, range }: { readonly maxBytes: number; readonly range?: string },
): Promise<Uint8Array | undefined> {
  const { prefix, url } = at.location;
  if (key === "" || climbsOut(key)) return undefined;
  try {
    const fetchBody = async () => {
      const answer = await at.getObject(prefix + key, range);
      return readBody(answer, maxBytes, (size) => tooLarge(url, key, size, maxBytes));
    };
    return await onceMoreIfCut(fetchBody);
  } catch (cause) {
    const { status, code } = answerOf(cause);
    if (status === 404 && code !== "NoSuchBucket") return undefined;
    // The range begins behind the end of the object.
    if (status === 416 && range !== undefined) return new Uint8Array();
    throw s3Error(cause, await attempt(at, "s3:GetObject", key));
  }
}

/** No such object can be: S3 refuses the key itself (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html). */
function climbsOut(key: string): boolean {
  let depth = 0;
  for (const part of key.split("/")) {
    if (part !== ".") depth += part === ".." ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}
