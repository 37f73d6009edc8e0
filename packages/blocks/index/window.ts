import pMap, { pMapSkip } from "p-map";
import type { Block } from "#blocks/block/block";
import { type Beside, mergeBeside, NOTHING_BESIDE } from "#blocks/bucket/beside";
import type { BlockDirectory } from "#blocks/bucket/directories";
import { readBlock } from "#blocks/bucket/read-block";
import { type Lane, type LaneOptions, type Listed, openLanes, type Window } from "#blocks/index/lanes";

/** At 20 ms to the store, so many are what one process keeps up with. */
const CONCURRENT_READS = 64;

export interface WindowReading {
  /** What was listed: up to its `to`, or less where there was no time, or too much to be one step. */
  readonly window: Window;
  /** By ULID. */
  readonly blocks: readonly Block[];
  /** After a signal what is behind the window as well, as far as it was listed. */
  readonly beside: Beside;
  /** Whether time was up, or the signal was given. */
  readonly isStopped: boolean;
}

export interface WindowOptions extends LaneOptions {
  readonly known: ReadonlyMap<string, Block>;
  /** What is listed is left unread once this is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many are read so far, and of how many once all are listed. */
  readonly onBlocks: (read: number, of: number | undefined) => void;
}

/**
 * Lists a window and reads every meta.json and mark of it that is not known: the listing does not wait for the reading, and
 * the reading begins with its first page. Ends early, at the border of a directory, when time is up or the directories are
 * many; what is listed by then is read. Throws what the bucket throws: then nothing is known of any of it.
 */
export async function readWindow(options: WindowOptions): Promise<WindowReading> {
  const { bucket, window, known, onBlocks } = options;
  const listing: Listing = { to: window.to, isStopped: false, isWhole: false, failure: undefined, ...NOTHING_LISTED };
  let read = 0;
  const blocks = await pMap(
    oneByOne(options, listing),
    async (directory) => {
      const block = await readBlock(bucket, directory, known.get(directory.ulid));
      read += 1;
      onBlocks(read, listing.lanesLeft === 0 ? listing.directories : undefined);
      return block ?? pMapSkip;
    },
    { concurrency: CONCURRENT_READS },
  );
  const { to, isStopped, isWhole, beside, failure } = listing;
  if (!isWhole) throw failure;
  return { window: { from: window.from, to }, blocks, beside, isStopped };
}

/** How far a listing is. */
interface Listing extends Listed {
  /** Where it ends. */
  to: string | null;
  isStopped: boolean;
  /** Whether it got to its end. */
  isWhole: boolean;
  /** What was thrown instead. */
  failure: unknown;
  /** Of what is read. */
  beside: Beside;
}

const NOTHING_LISTED = { objects: 0, directories: 0, lanesLeft: Number.POSITIVE_INFINITY, beside: NOTHING_BESIDE };

/** The directories to be read. Throws nothing: p-map can take a source that throws for one that has ended. */
async function* oneByOne(options: WindowOptions, listing: Listing): AsyncGenerator<BlockDirectory> {
  const lanes = openLanes(options, listing);
  try {
    yield* inOrder(lanes, options, listing);
    listing.isWhole = true;
  } catch (error) {
    listing.failure = error;
  } finally {
    for (const { pages } of lanes) pages.destroy();
  }
}

/** Lane after lane, page after page, and in `listing` where that ends. */
async function* inOrder(
  lanes: readonly Lane[],
  { signal }: WindowOptions,
  listing: Listing,
): AsyncGenerator<BlockDirectory> {
  for (const { window, pages, end } of lanes) {
    for await (const { directories, beside } of pages) {
      listing.beside = mergeBeside(listing.beside, beside);
      for (const directory of directories) {
        if (signal?.aborted) Object.assign(listing, { to: directory.ulid, isStopped: true });
        if (listing.isStopped) return;
        yield directory;
      }
    }
    const { to, isStopped } = end();
    Object.assign(listing, { to, isStopped });
    if (to !== window.to) return;
  }
}
