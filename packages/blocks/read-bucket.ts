import pMap from "p-map";
import type { Block } from "#blocks/block";
import { type BlockIndex, loadBlockIndex, sameEntries, saveBlockIndex } from "#blocks/block-index";
import type { Bucket, IncompleteUpload, ObjectStore } from "#blocks/bucket";
import { foldListing } from "#blocks/directories";
import type { AuditProgress } from "#blocks/finding";
import type { ForeignObjects } from "#blocks/foreign";
import { readHeaders, type WrongHeader } from "#blocks/headers";
import { type BlockReading, readBlock } from "#blocks/read-block";
import { ConflictError } from "#fleet/errors";

const CONCURRENT_READS = 32;
/** More multipart uploads than that are as bad. */
const UPLOADS_LISTED = 1000;
/** Progress is told once in so many blocks. */
const PROGRESS_STEP = 256;

export interface BucketReading {
  readonly blocks: readonly Block[];
  readonly objects: number;
  readonly bytes: number;
  readonly foreign: readonly ForeignObjects[];
  /** Multipart uploads that have not ended, up to a thousand; undefined where the store does not tell. */
  readonly uploads: readonly IncompleteUpload[] | undefined;
  /** Undefined without `headerShare`. */
  readonly headers: ReadonlyMap<string, readonly WrongHeader[]> | undefined;
  readonly requests: { readonly list: number; readonly get: number };
}

export interface ReadOptions {
  readonly bucket: Bucket;
  readonly index?: ObjectStore | undefined;
  /** Of the blocks, 0 to 1: whose files are looked into. Default: none. */
  readonly headerShare?: number;
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
}

/**
 * Lists the whole bucket and reads every meta.json and mark that the index does not know. Writes the index when
 * something changed. Throws what the bucket throws: then nothing is known and nothing may be judged.
 */
export async function readBucket({ bucket, index, headerShare = 0, onProgress }: ReadOptions): Promise<BucketReading> {
  const counted = countRequests(bucket);
  const { directories, objects, bytes, foreign } = await foldListing(counted.bucket.list(), (done) =>
    onProgress?.({ phase: "list", done }),
  );
  const known = await loadIfAny(index, bucket.url);
  let done = 0;
  const readings = await pMap(
    directories,
    async (directory) => {
      const reading = await readBlock(counted.bucket, directory, known.blocks.get(directory.ulid));
      done += 1;
      if (done % PROGRESS_STEP === 0) onProgress?.({ phase: "read", done, total: directories.length });
      return reading;
    },
    { concurrency: CONCURRENT_READS },
  );
  onProgress?.({ phase: "read", done, total: directories.length });
  const uploads = await counted.bucket.incompleteUploads?.(UPLOADS_LISTED);
  const present = readings.filter((reading) => reading !== undefined);
  if (index !== undefined) await saveIfChanged(index, { url: bucket.url, known, readings: present });
  const blocks = present.map(({ block }) => block);
  const headers = headerShare > 0 ? await readHeaders(counted.bucket, blocks, headerShare) : undefined;
  return { blocks, objects, bytes, foreign, uploads, headers, requests: counted.requests };
}

async function loadIfAny(index: ObjectStore | undefined, url: string): Promise<BlockIndex> {
  return index === undefined ? { blocks: new Map(), version: null } : loadBlockIndex(index, url);
}

async function saveIfChanged(
  store: ObjectStore,
  { url, known, readings }: { readonly url: string; readonly known: BlockIndex; readonly readings: BlockReading[] },
): Promise<void> {
  const blocks = readings.flatMap(({ entry }) => entry ?? []);
  if (known.version !== null && sameEntries(known.blocks.values(), blocks)) return;
  try {
    await saveBlockIndex(store, url, { blocks, version: known.version });
  } catch (error) {
    // Another audit or an event was faster; what it wrote is as good, and the next audit reads what it lacks.
    if (!(error instanceof ConflictError)) throw error;
  }
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
