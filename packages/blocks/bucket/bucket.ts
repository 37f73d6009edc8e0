/** One object as a listing tells it. */
export interface ObjectEntry {
  /** Relative to the bucket's prefix. */
  readonly key: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  /** Without quotes; empty where the store has none. */
  readonly etag: string;
  readonly storageClass: string;
}

/** A multipart upload that was begun and has not ended: its parts are in no listing of objects. */
export interface IncompleteUpload {
  /** Relative to the bucket's prefix. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiated: number;
}

/** A bucket (or prefix, or directory) of Thanos blocks, read only. */
export interface Bucket {
  /** As the user wrote it, for messages: `s3://bucket/prefix` or a path. */
  readonly url: string;
  /** URL of the S3-compatible server it is on; undefined for AWS and for directories. */
  readonly endpoint?: string | undefined;
  /**
   * All objects in key order, page by page. The iteration either reaches the end of the bucket or throws: a page that
   * fails, or that is truncated without a new token, never ends it quietly. `startAfter` continues after a key.
   */
  list(options?: { readonly startAfter?: string; readonly prefix?: string }): AsyncIterable<readonly ObjectEntry[]>;
  /** The whole object; undefined when it does not exist. More than `maxBytes` throws TerminalError. */
  get(key: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /**
   * The bytes from `start` on: `length` of them, or fewer where the object ends before. Undefined when it does not exist.
   */
  getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined>;
  /**
   * Multipart uploads that have not ended, the first `atMost` by key; undefined where the server does not tell, or this
   * identity may not ask. A store without multipart uploads leaves it out.
   */
  incompleteUploads?(atMost: number): Promise<readonly IncompleteUpload[] | undefined>;
}

export interface ByteRange {
  readonly start: number;
  /** Above 0. */
  readonly length: number;
}

/** An object of our own as it was read. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** In place of an object that has the version that the caller knows. */
export const UNCHANGED = "unchanged";

/**
 * Objects of our own (block index, store list, reports), written conditionally. A version names a content: another content
 * has another version, and the same content written again may have the version that it had before. So a decision must
 * follow from the content that was read and from nothing else; then it does not matter what was there in between.
 */
export interface ObjectStore {
  read(key: string): Promise<StoredObject | undefined>;
  /** The same, but for the content of this version, which the caller still has. */
  readUnless(key: string, version: string): Promise<StoredObject | typeof UNCHANGED | undefined>;
  /** Writes if the stored version is `expected` (null: must not exist yet); else throws ConflictError. Returns the new version. */
  write(key: string, content: string | Uint8Array, expected: string | null): Promise<string>;
}

/** Of an object that holds text. */
export function textOf({ bytes }: Pick<StoredObject, "bytes">): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
