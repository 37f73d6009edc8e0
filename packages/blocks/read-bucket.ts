import type { Block } from "#blocks/block/block";
import type { Beside } from "#blocks/bucket/beside";
import type { Bucket, IncompleteUpload, ObjectStore } from "#blocks/bucket/bucket";
import type { ForeignObjects } from "#blocks/bucket/foreign";
import { readHeaders, type WrongHeader } from "#blocks/bucket/headers";
import type { AuditProgress } from "#blocks/finding";
import { SHARD_SIZES } from "#blocks/index/arrange";
import type { KeptIndexes } from "#blocks/index/kept";
import { indexPlace, isComplete, type LoadedIndex, loadIndex } from "#blocks/index/load";
import { refreshIndex } from "#blocks/index/refresh";
import { type SpreadSizes, spreadRest } from "#blocks/index/spread";
import { joinStretches, listStretch, type StretchEnd, type StretchTurn } from "#blocks/index/stretch";
import { readWindow } from "#blocks/index/window";
import type { Parts } from "#blocks/traits";
import { ConflictError } from "#fleet/errors";

/** More multipart uploads than that are as bad. */
const UPLOADS_LISTED = 1000;
/** Progress is told once in so many blocks. */
const PROGRESS_STEP = 256;

export interface BucketReading {
  readonly blocks: readonly Block[];
  /** The same, as they are kept; undefined where they are not. */
  readonly parts?: Parts | undefined;
  readonly objects: number;
  readonly bytes: number;
  readonly foreign: readonly ForeignObjects[];
  /** Multipart uploads that have not ended, up to a thousand; undefined where the store does not tell. */
  readonly uploads: readonly IncompleteUpload[] | undefined;
  /** Undefined without `headerShare`. */
  readonly headers: ReadonlyMap<string, readonly WrongHeader[]> | undefined;
  /** Of the bucket; those of the index are not in it. */
  readonly requests: { readonly list: number; readonly get: number };
  /** Of the index; null without one. */
  readonly index: IndexFacts | null;
}

export interface IndexFacts {
  /** Start of the last listing, full or of the tail, and of the last full one; ms since the epoch. */
  readonly listedAt: number;
  readonly fullAt: number;
  /** Blocks of which events had not told, from one full listing to the next; null where the last was the first. */
  readonly missed: number | null;
}

/**
 * How much of the bucket is listed. `full`: all of it. `due`: blocks of the last 26 h, and after that all of it where the last
 * full listing is six hours old, had not the time to reach its end, or has left no whole bucket in the index.
 */
export type ListingKind = "due" | "full";

/** Six hours, less what schedules and queues may be late. */
const FULL_MS = 5.75 * 3_600_000;

export interface ReadOptions {
  readonly bucket: Bucket;
  /** Of the blocks, 0 to 1: whose files are looked into. Default: none. */
  readonly headerShare?: number;
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
}

export interface ListOptions extends ReadOptions, Omit<IndexReadOptions, "url"> {
  readonly listing: ListingKind;
  readonly now: number;
  /** A listing that it stops writes what was read by then, and throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Asked after each page of a full listing. */
  readonly isTimeUp?: (() => boolean) | undefined;
  /** When several invocations share what is left of a full listing that had not the time. Default: one goes on after the other. */
  readonly spread?: SpreadSizes | undefined;
}

export interface IndexReadOptions {
  readonly index: ObjectStore;
  /** Of the bucket. */
  readonly url: string;
  /** Of a process that reads again and again. */
  readonly kept?: KeptIndexes | undefined;
  /** As many as the process has memory for: an index of more is refused. Default: any. */
  readonly mostBlocks?: number | undefined;
}

/** Lists the whole bucket and reads every meta.json and mark. Throws what the bucket throws: then nothing may be judged. */
export async function readBucket({ bucket, headerShare = 0, onProgress }: ReadOptions): Promise<BucketReading> {
  const counted = countRequests(bucket);
  const { blocks, beside } = await readWindow({
    ...{ bucket: counted.bucket, window: { from: "", to: null }, known: new Map(), most: Number.POSITIVE_INFINITY },
    isTimeUp: () => false,
    onObjects: (done) => onProgress?.({ phase: "list", done }),
    onBlocks: (done, total) => {
      if (done === total || (done % PROGRESS_STEP === 0 && total !== undefined))
        onProgress?.({ phase: "read", done, total });
    },
  });
  const uploads = await counted.bucket.incompleteUploads?.(UPLOADS_LISTED);
  const headers = headerShare > 0 ? await readHeaders(counted.bucket, blocks, headerShare) : undefined;
  return { ...totalsOf([blocks], beside), uploads, headers, requests: counted.requests, index: null };
}

/** The end of a listing. */
export interface Listing {
  /**
   * `stopped`: a full one had not the time, and the next goes on where it stopped. `spread`: what is left of it is in stretches
   * that are to be listed, each by itself. `left`: to another that is at work.
   */
  readonly end: "tail" | "full" | "stopped" | "spread" | "left";
  readonly index: LoadedIndex;
  /** Of the bucket. */
  readonly requests: BucketReading["requests"];
}

/**
 * Lists a bucket into its index. A listing that stopped has come further than the one before, whatever the time it had. Throws
 * what the bucket and the index throw: then the index is as it was, or holds some of what was found.
 */
export async function listBucket(options: ListOptions): Promise<Listing> {
  const { bucket, requests } = countRequests(options.bucket);
  // Not beside the listing: what events have written up to here would then be newer than what is listed, and be undone.
  const index = await loadIndex(indexPlace(options.index, bucket.url, options.kept, options.mostBlocks));
  try {
    return { ...(await refreshed(index, { ...options, bucket })), requests };
  } catch (error) {
    // What the other one has written is as good.
    if (error instanceof ConflictError) return { end: "left", index: await loadIndex(index.place), requests };
    throw error;
  }
}

export interface StretchOptions extends Omit<IndexReadOptions, "url">, StretchTurn {
  readonly bucket: Bucket;
  readonly now: number;
  readonly isTimeUp: () => boolean;
}

/** Lists one stretch of a listing that is spread, or leaves it to another that is at it. Throws what the bucket and the index throw. */
export async function listBucketStretch({
  bucket,
  index,
  kept,
  startedAt,
  nth,
  ...options
}: StretchOptions): Promise<(StretchEnd | { readonly end: "left" }) & Pick<Listing, "requests">> {
  const { bucket: counted, requests } = countRequests(bucket);
  try {
    const place = indexPlace(index, counted.url, kept);
    return { ...(await listStretch(place, { startedAt, nth }, { ...options, bucket: counted })), requests };
  } catch (error) {
    if (error instanceof ConflictError) return { end: "left", requests };
    throw error;
  }
}

/**
 * Reads a bucket from its index alone. Undefined while that holds no whole bucket: before the first full listing has reached its
 * end, and where a shard cannot be read.
 */
export async function readIndex({
  index,
  url,
  kept,
  mostBlocks,
}: IndexReadOptions): Promise<BucketReading | undefined> {
  return readingOf(await loadIndex(indexPlace(index, url, kept, mostBlocks)), { list: 0, get: 0 });
}

/** Lists a bucket into its index and reads it from there, as `listBucket` and `readIndex` do. */
export async function readIndexed(options: ListOptions): Promise<BucketReading | undefined> {
  const { index, requests } = await listBucket(options);
  return readingOf(index, requests);
}

function readingOf(index: LoadedIndex, requests: BucketReading["requests"]): BucketReading | undefined {
  const { listedAt, fullAt, missed, beside, uploads, headers } = index.root;
  if (!isComplete(index) || fullAt === null || listedAt === null) return undefined;
  return {
    ...totalsOf(
      index.shards.flatMap(({ blocks }) => (blocks === null ? [] : [blocks])),
      beside,
    ),
    uploads: uploads ?? undefined,
    headers: headers === null ? undefined : new Map(headers),
    requests,
    index: { listedAt, fullAt, missed },
  };
}

async function refreshed(
  before: LoadedIndex,
  { listing, headerShare = 0, spread = NOT_SPREAD, ...options }: ListOptions,
): Promise<Pick<Listing, "end" | "index">> {
  // Of a bucket that cannot be listed to its end, or for long, what is new is known all the same.
  const hasTail = listing === "due" && isComplete(before);
  const after = hasTail ? await refreshIndex(before, { ...options, listing: "tail" }) : before;
  if (hasTail && !isFullDue(after, options.now)) return { end: "tail", index: after };
  const alsoRead = async (blocks: readonly Block[]) => ({
    uploads: (await options.bucket.incompleteUploads?.(UPLOADS_LISTED)) ?? null,
    headers: headerShare > 0 ? [...(await readHeaders(options.bucket, blocks, headerShare))] : null,
  });
  const commit = { ...options, sizes: SHARD_SIZES, alsoRead };
  const isSpread = options.isTimeUp !== undefined && after.root.progress?.stretches != null;
  const index = isSpread
    ? await joinStretches(after, commit)
    : await spreadRest(await refreshIndex(after, { ...options, listing: "full", alsoRead }), spread, commit);
  const { progress } = index.root;
  return { end: progress === null ? "full" : progress.stretches === null ? "stopped" : "spread", index };
}

const NOT_SPREAD: SpreadSizes = { least: Number.POSITIVE_INFINITY, stretches: 1, recentHours: 0, oldParts: 1 };

function isFullDue({ root }: LoadedIndex, now: number): boolean {
  return root.progress !== null || root.fullAt === null || now - root.fullAt >= FULL_MS;
}

function totalsOf(parts: Parts, { objects, bytes, foreign }: Beside) {
  const sizes = parts.map(sizeOf);
  return {
    blocks: parts.flat(),
    parts,
    objects: sizes.reduce((sum, size) => sum + size.objects, objects),
    bytes: sizes.reduce((sum, size) => sum + size.bytes, bytes),
    foreign,
  };
}

interface Size {
  readonly objects: number;
  readonly bytes: number;
}

const sizes = new WeakMap<readonly Block[], Size>();

/** Counted once for each list: a shard that is kept is the same one in the next reading. */
function sizeOf(blocks: readonly Block[]): Size {
  const known = sizes.get(blocks);
  if (known !== undefined) return known;
  let [objects, bytes] = [0, 0];
  for (const { files } of blocks) {
    objects += files.size;
    for (const { size } of files.values()) bytes += size;
  }
  sizes.set(blocks, { objects, bytes });
  return { objects, bytes };
}

function countRequests(bucket: Bucket): { readonly bucket: Bucket; readonly requests: { list: number; get: number } } {
  const requests = { list: 0, get: 0 };
  return {
    requests,
    bucket: {
      ...bucket,
      async *list(options) {
        for await (const page of bucket.list(options)) {
          requests.list += 1;
          yield page;
        }
      },
      get(key, maxBytes) {
        requests.get += 1;
        return bucket.get(key, maxBytes);
      },
      getRange(key, range) {
        requests.get += 1;
        return bucket.getRange(key, range);
      },
      ...(bucket.incompleteUploads && {
        incompleteUploads: (atMost: number) => {
          requests.list += 1;
          return bucket.incompleteUploads?.(atMost) ?? Promise.resolve(undefined);
        },
      }),
    },
  };
}
