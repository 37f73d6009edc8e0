import type { BucketModel } from "#blocks/model";
import { command } from "#blocks/remedy";

/** Where the bucket is, as far as a command must say it. */
type Place = Pick<BucketModel, "url" | "endpoint">;

const RESTORED_DAYS = 7;
/** Of AbortIncompleteMultipartUpload, days. */
const ABORT_AFTER = 2;

/** An object of the bucket as its own tools name it. */
export function inBucket({ url }: Pick<Place, "url">, key: string): string {
  return `${url.replace(/\/+$/, "")}/${key}`;
}

/** Copies a block directory out of the bucket. */
export function backUp(place: Place, ulid: string): string {
  const from = inBucket(place, ulid);
  return command(
    isS3(place) ? `${aws(place)} s3 cp --recursive ${from} backup/${ulid}` : `cp -a ${from} backup/${ulid}`,
  );
}

/** Prints the rules by which the store archives and deletes objects. */
export function lifecycleRules(place: Place): string {
  return command(`${aws(place)} s3api get-bucket-lifecycle-configuration --bucket ${partsOf(place).bucket}`);
}

/** Asks for a readable copy of an archived object. */
export function restoreObject(place: Place, key: string): string {
  const { bucket, prefix } = partsOf(place);
  const request = JSON.stringify({ Days: RESTORED_DAYS, GlacierJobParameters: { Tier: "Standard" } });
  return command(
    `${aws(place)} s3api restore-object --bucket ${bucket} --key ${prefix}${key} --restore-request '${request}'`,
  );
}

/** Copies the objects of a block over themselves, into a class that can be read. */
export function toStandard(place: Place, ulid: string): string {
  const at = inBucket(place, ulid);
  return command(
    `${aws(place)} s3 cp --recursive --storage-class STANDARD --force-glacier-transfer --metadata-directive COPY ${at} ${at}`,
  );
}

/** Lets the store abort multipart uploads that never end. */
export function abortUploads(place: Place): string {
  const { bucket, prefix } = partsOf(place);
  const rules = [
    {
      ID: "abort-incomplete-multipart-uploads",
      Status: "Enabled",
      Filter: { Prefix: prefix },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_AFTER },
    },
  ];
  return command(
    `${aws(place)} s3api put-bucket-lifecycle-configuration --bucket ${bucket} --lifecycle-configuration '${JSON.stringify({ Rules: rules })}'`,
  );
}

function isS3({ url }: Place): boolean {
  return url.startsWith("s3://");
}

function aws({ endpoint }: Place): string {
  return endpoint === undefined ? "aws" : `aws --endpoint-url ${endpoint}`;
}

/** The prefix ends with a slash, or is empty. */
function partsOf({ url }: Place): { readonly bucket: string; readonly prefix: string } {
  const [bucket = "", ...path] = url.replace(/^s3:\/\//, "").split("/");
  return { bucket, prefix: path.flatMap((part) => (part === "" ? [] : [`${part}/`])).join("") };
}
