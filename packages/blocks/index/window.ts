import { Readable } from "node:stream";
import pMap, { pMapSkip } from "p-map";
import { type Beside, mergeBeside, NOTHING_BESIDE } from "#blocks/beside";
import type { Block } from "#blocks/block";
import type { Bucket, ObjectEntry } from "#blocks/bucket";
import { type BlockDirectory, foldEntries, splitKey } from "#blocks/directories";
import { compareKeys } from "#blocks/listing";
import { readBlock } from "#blocks/read-block";
import { isUlid } from "#blocks/ulid";

/** At 20 ms to the store, so many are what one process keeps up with. */
const CONCURRENT_READS = 64;
/** So far a listing runs ahead of the reading. */
const PAGES_AHEAD = 1000;

/** A stretch of the bucket: keys from `from` on, up to `to` or the end. */
export interface Window {
  /** A ULID; empty for the beginning; a key where a listing ended beyond all blocks. */
  readonly from: string;
  readonly to: string | null;
}

export interface WindowReading {
  /** What was listed: up to its `to`, or less where there was no time, or too much to be one step. */
  readonly window: Window;
  /** By ULID. */
  readonly blocks: readonly Block[];
  readonly beside: Beside;
  /** Whether time was up. */
  readonly isStopped: boolean;
}

export interface WindowOptions {
  readonly bucket: Bucket;
  readonly window: Window;
  readonly known: ReadonlyMap<string, Block>;
  /** Directories of one step. */
  readonly most: number;
  readonly isTimeUp: () => boolean;
  /** Told how many are listed so far. */
  readonly onObjects: (listed: number) => void;
  /** Told how many are read so far, and of how many once all are listed. */
  readonly onBlocks: (read: number, of: number | undefined) => void;
}

/**
 * Lists a window and reads every meta.json and mark of it that is not known: the listing does not wait for the reading, and
 * the reading begins with its first page. Ends early, at the border of a directory, when time is up or the directories are
 * many. Throws what the bucket throws: then nothing is known of any of it.
 */
export async function readWindow(options: WindowOptions): Promise<WindowReading> {
  const { bucket, window, known, onBlocks } = options;
  const listing: Listing = {
    ...{ to: window.to, isStopped: false, isWhole: false, failure: undefined },
    ...{ directories: 0, beside: NOTHING_BESIDE },
  };
  let read = 0;
  const blocks = await pMap(
    oneByOne(listing, ahead(directoriesOf(options, listing))),
    async (directory) => {
      const block = await readBlock(bucket, directory, known.get(directory.ulid));
      read += 1;
      onBlocks(read, listing.isWhole ? listing.directories : undefined);
      return block ?? pMapSkip;
    },
    { concurrency: CONCURRENT_READS },
  );
  const { to, isStopped, isWhole, beside, failure } = listing;
  if (!isWhole) throw failure;
  return { window: { from: window.from, to }, blocks, beside, isStopped };
}

/** How far a listing is. */
interface Listing {
  /** Where it ends. */
  to: string | null;
  isStopped: boolean;
  /** Whether it got to its end. */
  isWhole: boolean;
  /** What was thrown instead. */
  failure: unknown;
  directories: number;
  beside: Beside;
}

/** The directories of a window, as many at a time as the listing tells of. */
async function* directoriesOf(options: WindowOptions, listing: Listing): AsyncGenerator<readonly BlockDirectory[]> {
  let objects = 0;
  for await (const entries of pagesOf(options, listing)) {
    const { directories, beside } = foldEntries(entries);
    objects += entries.length;
    listing.directories += directories.length;
    listing.beside = mergeBeside(listing.beside, beside);
    options.onObjects(objects);
    yield directories;
  }
  listing.isWhole = true;
}

/** Asks for the next without waiting until somebody takes the last. */
function ahead<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  return Readable.from(items, { highWaterMark: PAGES_AHEAD });
}

/** Ends where the listing fails, and throws nothing: p-map can take a source that throws for one that has ended. */
async function* oneByOne<T>(listing: Listing, lists: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  try {
    for await (const list of lists) yield* list;
  } catch (error) {
    listing.failure = error;
  }
}

/** The pages of a window, and in `listing` where they end. A directory is in it whole or not at all. */
async function* pagesOf(
  { bucket, window: { from, to }, most, isTimeUp }: WindowOptions,
  listing: Listing,
): AsyncGenerator<readonly ObjectEntry[]> {
  let held: readonly ObjectEntry[] = [];
  let directories = 0;
  let last = "";
  for await (const page of bucket.list(from === "" ? {} : { startAfter: from })) {
    const inside = to === null ? page : page.filter(({ key }) => compareKeys(key, to) < 0);
    for (const { key } of inside) {
      const { ulid } = splitKey(key);
      if (ulid !== last && isUlid(ulid)) directories += 1;
      last = ulid;
    }
    const entries = [...held, ...inside];
    // The last directory may go on in the next page.
    const border = isUlid(last) ? entries.findIndex(({ key }) => splitKey(key).ulid === last) : entries.length;
    const isWhole = border > 0;
    held = entries.slice(border);
    if (isWhole) yield entries.slice(0, border);
    if (inside.length < page.length) break;
    if (!isWhole || !(isTimeUp() || directories > most)) continue;
    listing.to = isUlid(last) ? last : (entries.at(-1)?.key ?? null);
    listing.isStopped = isTimeUp();
    return;
  }
  if (held.length > 0) yield held;
}
