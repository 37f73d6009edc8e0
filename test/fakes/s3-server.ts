import { createHash } from "node:crypto";
import { compareKeys } from "#blocks/bucket/listing";
import { type HttpAnswer, type HttpRequest, httpServer } from "#test/fakes/http-server";

/** What the server is asked. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  /** Empty for a listing. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** How many requests came before. */
  readonly before: number;
  /** Of a PUT. */
  readonly bytes: Uint8Array;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** Of a PUT: its type, and its encoding if it has one. */
  readonly content: readonly [type: string | undefined, encoding: string | undefined];
  /** Of a GET, `bytes=0-4`. */
  readonly range: string | undefined;
}

export interface FakeS3 {
  readonly endpoint: string;
  /** Every request so far, as `LIST bucket?prefix`, `UPLOADS bucket`, `GET bucket/key` and `PUT bucket/key`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export interface FakeS3Options {
  /** Bucket name to key to text. */
  readonly buckets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of every object, or by key. */
  readonly lastModified: number | ((key: string) => number);
  /** Multipart uploads of every bucket that have not ended: when each key's was begun. */
  readonly uploads?: Readonly<Record<string, number>>;
  /** An answer instead of the right one, with nothing written; undefined for the right one. */
  readonly intercept?: (request: S3Request) => HttpAnswer | undefined;
  /** What the client gets instead of the right answer, after the server has done what it was asked. */
  readonly replace?: (request: S3Request, right: HttpAnswer) => HttpAnswer;
}

/**
 * ListObjectsV2, ListMultipartUploads, GetObject (ranges too) and conditional PutObject as S3 speaks them (path style, XML, opaque tokens, an ETag that is
 * the content's MD5), on loopback.
 */
export async function fakeS3(options: FakeS3Options): Promise<FakeS3> {
  const { lastModified, intercept, uploads = {}, replace = (_, right) => right } = options;
  const buckets: Record<string, Record<string, Content>> = structuredClone(options.buckets);
  const requests: string[] = [];
  const modifiedOf = typeof lastModified === "number" ? () => lastModified : lastModified;
  const { endpoint, close } = await httpServer((incoming) => {
    const request = requestOf(incoming);
    requests.push(named(request));
    const unsigned = incoming.headers.authorization === undefined ? s3Fault(403, "AccessDenied") : undefined;
    const instead = unsigned ?? intercept?.(request);
    return instead ?? replace(request, answer(request, buckets[request.bucket], { modifiedOf, uploads }));
  });
  return { endpoint, requests, close };
}

/** An error as S3 writes it. */
export function s3Fault(status: number, code: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return { status, body, headers: { "content-type": "application/xml", ...headers } };
}

type Content = string | Uint8Array;
type ModifiedOf = (key: string) => number;

function named({ method, bucket, key, query }: S3Request): string {
  if (key !== "") return `${method} ${bucket}/${key}`;
  return query.has("uploads") ? `UPLOADS ${bucket}` : `LIST ${bucket}?${query.get("prefix") ?? ""}`;
}

function requestOf({ method, path, query, before, bytes, headers }: HttpRequest): S3Request {
  const [bucket = "", ...key] = path.slice(1).split("/").map(decodeURIComponent);
  const conditions = { ifMatch: headers["if-match"], ifNoneMatch: headers["if-none-match"], range: headers.range };
  const content = [headers["content-type"], headers["content-encoding"]] as const;
  return { method, bucket, key: key.join("/"), query, before, bytes, content, ...conditions };
}

function answer(
  request: S3Request,
  objects: Record<string, Content> | undefined,
  { modifiedOf, uploads }: { readonly modifiedOf: ModifiedOf; readonly uploads: Readonly<Record<string, number>> },
): HttpAnswer {
  if (objects === undefined) return s3Fault(404, "NoSuchBucket");
  if (request.key === "" && request.query.has("uploads")) return { status: 200, body: uploadsPage(request, uploads) };
  if (request.key === "") return { status: 200, body: listing(request, objects, modifiedOf) };
  if (request.method === "PUT") return put(request, objects);
  const body = objects[request.key];
  if (body === undefined) return s3Fault(404, "NoSuchKey");
  if (request.ifNoneMatch === etagOf(body)) return { status: 304, headers: { etag: etagOf(body) } };
  return request.range === undefined
    ? { status: 200, body, headers: { etag: etagOf(body) } }
    : rangeOf(body, request.range);
}

function rangeOf(body: Content, range: string): HttpAnswer {
  const [start = 0, end = 0] = range.replace("bytes=", "").split("-").map(Number);
  const size = Buffer.byteLength(body);
  if (start >= size) return s3Fault(416, "InvalidRange");
  const part = (typeof body === "string" ? Buffer.from(body) : body).subarray(start, end + 1);
  const headers = { etag: etagOf(body), "content-range": `bytes ${start}-${Math.min(end, size - 1)}/${size}` };
  return { status: 206, body: part, headers };
}

function uploadsPage({ query }: S3Request, uploads: Readonly<Record<string, number>>): string {
  const marker = query.get("key-marker") ?? "";
  const size = Math.min(Number(query.get("max-uploads") ?? 1000), 1000);
  const rest = Object.entries(uploads)
    .filter(([key]) => key.startsWith(query.get("prefix") ?? "") && (marker === "" || compareKeys(key, marker) > 0))
    .sort(([a], [b]) => compareKeys(a, b));
  const page = rest.slice(0, size);
  const next = rest.length > size ? page.at(-1)?.[0] : undefined;
  return [
    `<?xml version="1.0" encoding="UTF-8"?><ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    `<IsTruncated>${next !== undefined}</IsTruncated>`,
    next === undefined
      ? ""
      : `<NextKeyMarker>${escapeXml(next)}</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>`,
    ...page.map(
      ([key, begun]) =>
        `<Upload><Key>${escapeXml(key)}</Key><UploadId>1</UploadId><Initiated>${new Date(begun).toISOString()}</Initiated></Upload>`,
    ),
    "</ListMultipartUploadsResult>",
  ].join("");
}

function put({ key, bytes, ifMatch, ifNoneMatch }: S3Request, objects: Record<string, Content>): HttpAnswer {
  const found = objects[key];
  if (ifMatch !== undefined && found === undefined) return s3Fault(404, "NoSuchKey");
  if (ifMatch !== undefined && found !== undefined && ifMatch !== etagOf(found))
    return s3Fault(412, "PreconditionFailed");
  if (ifNoneMatch === "*" && found !== undefined) return s3Fault(412, "PreconditionFailed");
  objects[key] = bytes;
  return { status: 200, headers: { etag: etagOf(bytes) } };
}

function etagOf(body: Content): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function listing(
  { bucket, query }: S3Request,
  objects: Readonly<Record<string, Content>>,
  modifiedOf: ModifiedOf,
): string {
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? query.get("start-after") : Buffer.from(token, "base64").toString();
  const size = Math.min(Number(query.get("max-keys") ?? 1000), 1000);
  const rest = Object.keys(objects)
    .filter((key) => key.startsWith(prefix) && (after === null || compareKeys(key, after) > 0))
    .toSorted(compareKeys);
  const page = rest.slice(0, size);
  return s3Page({
    bucket,
    // S3 echoes the request's token under a name that invites to mistake it for the next.
    token: token ?? undefined,
    next: rest.length > size ? Buffer.from(page.at(-1) ?? "").toString("base64") : undefined,
    objects: page.map((key) => ({ key, size: Buffer.byteLength(objects[key] ?? ""), modified: modifiedOf(key) })),
  });
}

export interface S3Page {
  readonly bucket: string;
  readonly token?: string | undefined;
  readonly next?: string | undefined;
  /** Default: whether there is a next token. */
  readonly truncated?: boolean;
  readonly objects: readonly { readonly key: string; readonly size: number; readonly modified: number }[];
}

/** One page of a listing as S3 writes it. */
export function s3Page({ bucket, token, next, truncated = next !== undefined, objects }: S3Page): string {
  const contents = objects.map(
    ({ key, size, modified }) =>
      `<Contents><Key>${escapeXml(key)}</Key><LastModified>${new Date(modified).toISOString()}</LastModified>` +
      `<ETag>&quot;${key.length}-${size}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  return [
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    `<Name>${bucket}</Name><KeyCount>${objects.length}</KeyCount><IsTruncated>${truncated}</IsTruncated>`,
    token === undefined ? "" : `<ContinuationToken>${escapeXml(token)}</ContinuationToken>`,
    next === undefined ? "" : `<NextContinuationToken>${escapeXml(next)}</NextContinuationToken>`,
    ...contents,
    "</ListBucketResult>",
  ].join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
