import { answerOf } from "#aws/answer";
import { onceMoreIfCut, readBody } from "#aws/s3-body";
import { type S3ClientOptions, s3Client } from "#aws/s3-client";
import { directTo } from "#aws/s3-direct";
import { s3Error } from "#aws/s3-error";
import { type GetObject, objectGetter } from "#aws/s3-get";
import { objectLister } from "#aws/s3-listing";
import { attempt, type Opened } from "#aws/s3-opened";
import { incompleteUploads } from "#aws/s3-uploads";
import { parseS3Url } from "#aws/s3-url";
import type { Bucket, ByteRange } from "#blocks/bucket/bucket";
import { tooLarge } from "#blocks/bucket/listing";

export interface S3BucketOptions extends S3ClientOptions {
  /** Keys of a page; S3 gives 1000 at most. */
  readonly pageSize?: number;
}

/** `s3://bucket[/prefix]` on AWS or any S3-compatible server as a bucket. A bad URL throws TerminalError at once. */
export function s3Bucket(url: string, options: S3BucketOptions = {}): Bucket {
  const client = s3Client(options);
  const location = parseS3Url(url);
  const direct = directTo(client);
  const getObject = objectGetter(client, location.bucket, direct);
  const at = { client, location, pageSize: options.pageSize, getObject };
  const list = objectLister(at, direct);
  return {
    url,
    endpoint: options.endpoint,
    list: (listOptions = {}) => list(listOptions),
    get: (key, maxBytes) => get(at, key, { maxBytes }),
    getRange: (key, range) => getRange(at, key, range),
    incompleteUploads: (atMost) => incompleteUploads(at, atMost),
  };
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
