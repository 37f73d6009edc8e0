import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import * as v from "valibot";
import { answerOf } from "#aws/answer";
import { s3Error } from "#aws/s3-error";
import { attempt, type Opened } from "#aws/s3-opened";
import type { IncompleteUpload } from "#blocks/bucket/bucket";
import { parseWith } from "#config/schema";

const PAGE = v.object({
  IsTruncated: v.optional(v.boolean(), false),
  NextKeyMarker: v.optional(v.string(), ""),
  NextUploadIdMarker: v.optional(v.string(), ""),
  Uploads: v.optional(v.array(v.object({ Key: v.string(), Initiated: v.date() })), []),
});

/** The first `atMost` multipart uploads of a bucket that have not ended; undefined where the server does not tell. */
export async function incompleteUploads(at: Opened, atMost: number): Promise<readonly IncompleteUpload[] | undefined> {
  const { bucket, prefix } = at.location;
  const found: IncompleteUpload[] = [];
  let markers = {};
  for (;;) {
    const command = new ListMultipartUploadsCommand({
      Bucket: bucket,
      Prefix: prefix,
      ...(at.pageSize === undefined ? {} : { MaxUploads: at.pageSize }),
      ...markers,
    });
    const page = await send(at, command);
    if (page === undefined) return undefined;
    const below = page.Uploads.filter(({ Key }) => Key.startsWith(prefix));
    found.push(
      ...below.map(({ Key, Initiated }) => ({ key: Key.slice(prefix.length), initiated: Initiated.getTime() })),
    );
    if (!page.IsTruncated || page.Uploads.length === 0 || found.length >= atMost) return found.slice(0, atMost);
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

async function send(at: Opened, command: ListMultipartUploadsCommand): Promise<v.InferOutput<typeof PAGE> | undefined> {
  try {
    const parsed = parseWith(PAGE, await at.client.send(command));
    return parsed.ok ? parsed.value : undefined;
  } catch (cause) {
    // A server that has no such call, or an identity that may not make it: the audit does without.
    if (answerOf(cause).status !== undefined) return undefined;
    throw s3Error(cause, await attempt(at, "s3:ListBucketMultipartUploads", ""));
  }
}
