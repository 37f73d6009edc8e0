import pMap from "p-map";
import type { Block } from "#blocks/block";
import type { Bucket, ObjectEntry } from "#blocks/bucket";
import { foldListing, splitKey } from "#blocks/directories";
import type { Beside } from "#blocks/index/root";
import { compareKeys } from "#blocks/listing";
import { readBlock } from "#blocks/read-block";
import { isUlid } from "#blocks/ulid";

/** At 20 ms to the store, so many are what one process keeps up with. */
const CONCURRENT_READS = 64;

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
  readonly onObjects: (count: number) => void;
  readonly onBlocks: (count: number) => void;
}

/**
 * Lists a window and reads every meta.json and mark of it that is not known. Ends early, at the border of a directory, when
 * time is up or the directories are many. Throws what the bucket throws: then nothing is known of any of it.
 */
export async function readWindow(options: WindowOptions): Promise<WindowReading> {
  const { bucket, known, onBlocks } = options;
  const end = { at: options.window.to, isStopped: false };
  const listing = await foldListing(pagesOf(options, end), options.onObjects);
  const blocks = await pMap(
    listing.directories,
    async (directory) => {
      const block = await readBlock(bucket, directory, known.get(directory.ulid));
      onBlocks(1);
      return block;
    },
    { concurrency: CONCURRENT_READS },
  );
  const inBlocks = listing.directories.flatMap(({ files }) => [...files.values()]);
  return {
    window: { from: options.window.from, to: end.at },
    blocks: blocks.filter((block) => block !== undefined),
    beside: {
      objects: listing.objects - inBlocks.length,
      bytes: listing.bytes - inBlocks.reduce((sum, { size }) => sum + size, 0),
      foreign: listing.foreign,
    },
    isStopped: end.isStopped,
  };
}

/** The pages of a window, and in `end` where they end. A directory is in it whole or not at all. */
async function* pagesOf(
  { bucket, window: { from, to }, most, isTimeUp }: WindowOptions,
  end: { at: string | null; isStopped: boolean },
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
    end.at = isUlid(last) ? last : (entries.at(-1)?.key ?? null);
    end.isStopped = isTimeUp();
    return;
  }
  if (held.length > 0) yield held;
}
