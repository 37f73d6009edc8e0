/** Not readable until they are restored (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html). */
const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** Whether a GET of an object of this storage class fails until somebody restores it. */
export function isArchived(storageClass: string): boolean {
  return ARCHIVED.has(storageClass);
}
