import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import * as v from "valibot";
import { readBody } from "#aws/s3-body";
import type { Direct } from "#aws/s3-direct";
import { s3Error } from "#aws/s3-error";
import { attempt, type Opened } from "#aws/s3-opened";
import { pageOfXml } from "#aws/s3-page-xml";
import type { S3Location } from "#aws/s3-url";
import type { ObjectEntry } from "#blocks/bucket/bucket";
import { compareKeys, type ListOptions } from "#blocks/bucket/listing";
import { parseWith } from "#config/schema";
import { RetryableError, TerminalError } from "#fleet/errors";

/** Far above a thousand of the longest keys, with all that is told of each. */
const LARGEST_PAGE = 16 * 1024 * 1024;

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

const SIZE = /^\d{1,15}$/;
/** A finer one would have to be rounded as the SDK does. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
/** The same where every value is a text still. */
const XML_PAGE = v.object({
  IsTruncated: v.pipe(
    v.picklist(["true", "false"]),
    v.transform((text) => text === "true"),
  ),
  NextContinuationToken: v.optional(v.string(), ""),
  Contents: v.pipe(
    v.array(
      v.object({
        Key: v.string(),
        Size: v.string(),
        LastModified: v.string(),
        ETag: v.optional(v.string(), ""),
        StorageClass: v.optional(v.string(), "STANDARD"),
      }),
    ),
    // All at once: a schema of its own for each of thousands takes as long as all the rest.
    v.check((objects) =>
      objects.every(
        ({ Size, LastModified: time }) => SIZE.test(Size) && TIME.test(time) && !Number.isNaN(Date.parse(time)),
      ),
    ),
    v.transform((objects) =>
      objects.map((one) => ({ ...one, Size: Number(one.Size), LastModified: new Date(one.LastModified) })),
    ),
  ),
});

/** A listing of a bucket, as `Bucket` says. */
export type ListObjects = (options: ListOptions) => AsyncGenerator<readonly ObjectEntry[]>;

interface Listed extends Opened {
  readonly direct: Direct;
  /** Whether no page was other than this parser knows them. */
  isPlain: boolean;
}

/** Lists one bucket, without the SDK where that can be. */
export function objectLister(at: Opened, direct: Direct): ListObjects {
  const listed = { ...at, direct, isPlain: true };
  return (options) => list(listed, options);
}

async function* list(at: Listed, options: ListOptions): AsyncGenerator<readonly ObjectEntry[]> {
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

async function fetchPage(at: Listed, options: ListOptions, token: string): Promise<Page> {
  const query = queryOf(at, options, token);
  return (at.isPlain ? await directPage(at, query) : undefined) ?? sdkPage(at, query);
}

interface Query {
  readonly prefix: string;
  readonly "max-keys"?: string;
  readonly "continuation-token"?: string;
  readonly "start-after"?: string;
}

function queryOf({ location, pageSize }: Listed, { startAfter, prefix = "" }: ListOptions, token: string): Query {
  return {
    prefix: location.prefix + prefix,
    ...(pageSize === undefined ? {} : { "max-keys": String(pageSize) }),
    ...(token === "" ? {} : { "continuation-token": token }),
    ...(startAfter === undefined || token !== "" ? {} : { "start-after": location.prefix + startAfter }),
  };
}

/** Undefined where the SDK must be asked. */
async function directPage(at: Listed, query: Query): Promise<Page | undefined> {
  const answer = await at.direct({ key: "", query: { "list-type": "2", ...query }, status: 200 });
  if (answer === undefined) return undefined;
  const bytes = await readBody({ Body: answer.body }, LARGEST_PAGE, () => new RangeError("no page")).catch(() => null);
  if (bytes === null) return undefined;
  const parsed = parseWith(XML_PAGE, pageOfXml(Buffer.from(bytes).toString("utf8")));
  // Else each page would be asked for twice.
  at.isPlain &&= parsed.ok;
  return parsed.ok ? parsed.value : undefined;
}

async function sdkPage({ client, location, ...at }: Listed, query: Query): Promise<Page> {
  const command = new ListObjectsV2Command({
    Bucket: location.bucket,
    Prefix: query.prefix,
    MaxKeys: at.pageSize,
    ContinuationToken: query["continuation-token"],
    StartAfter: query["start-after"],
  });
  try {
    const parsed = parseWith(PAGE, await client.send(command));
    if (parsed.ok) return parsed.value;
    throw noListing(location, parsed.problems.map(({ field }) => field).join(", "));
  } catch (cause) {
    throw s3Error(cause, await attempt({ client, location, ...at }, "s3:ListBucket", ""));
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
