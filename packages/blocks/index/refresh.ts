import type { Block } from "#blocks/block/block";
import { ulidOfTime } from "#blocks/block/ulid";
import { FROZEN, SHARD_SIZES } from "#blocks/index/arrange";
import { mergeShards } from "#blocks/index/commit";
import { blocksOf, type LoadedIndex } from "#blocks/index/load";
import type { IndexRoot, Progress } from "#blocks/index/root";
import { saved } from "#blocks/index/saved";
import { progressFrom, type WalkOptions, walk, windowsOf } from "#blocks/index/walk";

const HOUR = 3_600_000;
/** Tails begin at blocks so old: longer than an outage that should heal by itself. */
const TAIL_MS = 26 * HOUR;
/** Above every ULID, below most other names. */
const ABOVE_ULIDS = "8";

export interface RefreshOptions extends Pick<WalkOptions, "bucket" | "now" | "signal" | "onProgress"> {
  /** `full`: everything; `tail`: blocks that were made in the last 26 h. */
  readonly listing: "full" | "tail";
  /**
   * Asked after each page: a full listing then saves where it is, and the next one goes on from there. Without it nobody goes
   * on with a listing, and each begins anew.
   */
  readonly isTimeUp?: (() => boolean) | undefined;
  /** What else a full listing finds, asked when it has reached its end. */
  readonly alsoRead?: AlsoRead | undefined;
  /** Of the index; the defaults are for use, others for tests. */
  readonly sizes?: WalkOptions["sizes"] | undefined;
}

export type AlsoRead = (blocks: readonly Block[]) => Promise<Pick<IndexRoot, "uploads" | "headers">>;

/**
 * Lists the bucket, or its tail, and brings the index up to date with it. What is written is a window of the listing at a
 * time, never a part of what a failed page leaves unknown. Throws what the bucket throws, ConflictError where another listing is
 * at work, and the reason of the signal once what was read by then is written.
 */
export async function refreshIndex(index: LoadedIndex, options: RefreshOptions): Promise<LoadedIndex> {
  return options.listing === "tail" ? refreshTail(index, options) : refreshAll(index, options);
}

/** A tail is short, and goes on from nowhere. Shards that others are at work in stay where they are. */
async function refreshTail(index: LoadedIndex, options: RefreshOptions): Promise<LoadedIndex> {
  const { now, sizes = SHARD_SIZES } = options;
  const from = ulidOfTime(now - TAIL_MS);
  const isShared = index.root.progress?.stretches != null;
  const walking = { ...options, sizes: isShared ? { ...sizes, ...FROZEN } : sizes, isTimeUp: () => false };
  const { index: after, progress } = await walk(index, [{ from, to: ABOVE_ULIDS }], progressFrom(from, now), walking);
  const { root, ...arranged } = isShared ? after : await mergeShards(after, walking);
  return saved(
    { root, ...arranged },
    { ...root, listedAt: latest(root, now), missedByTails: root.missedByTails + progress.missed },
  );
}

async function refreshAll(index: LoadedIndex, options: RefreshOptions): Promise<LoadedIndex> {
  const { now, isTimeUp, signal } = options;
  const sizes: WalkOptions["sizes"] = options.sizes ?? SHARD_SIZES;
  const begun = (isTimeUp && index.root.progress) ?? progressFrom("", now);
  const save = (at: LoadedIndex, progress: Progress) => saved(at, { ...at.root, progress });
  const walking = { ...options, sizes, isTimeUp: isTimeUp ?? (() => false), ...(isTimeUp && { save }) };
  const windows = windowsOf(index, begun.after, sizes.windowBlocks);
  // Of the first one it is kept when it began: should it never reach its end, that tells for how long.
  const first = isTimeUp && index.version === null ? await save(index, begun) : index;
  const { index: after, progress, isStopped } = await walk(first, windows, begun, walking);
  if (!isStopped) return finish(after, progress, walking);
  if (signal?.aborted) await saved(after, { ...after.root, missedByTails: after.root.missedByTails + progress.missed });
  signal?.throwIfAborted();
  return after;
}

/** A full listing has reached its end: shards that have become small are put together, and the root tells of it. */
export async function finish(
  index: LoadedIndex,
  progress: Progress,
  options: Pick<RefreshOptions, "alsoRead"> & Pick<WalkOptions, "bucket" | "now" | "sizes">,
): Promise<LoadedIndex> {
  const after = await mergeShards(index, options);
  const also = await options.alsoRead?.(blocksOf(after));
  return saved(after, { ...finished(after.root, progress), ...also });
}

function latest({ listedAt }: IndexRoot, time: number): number {
  return Math.max(listedAt ?? time, time);
}

function finished(root: IndexRoot, { startedAt, beside, missed }: Progress): IndexRoot {
  return {
    ...root,
    listedAt: latest(root, startedAt),
    fullAt: startedAt,
    beside,
    missed: root.fullAt === null ? null : missed + root.missedByTails,
    missedByTails: 0,
    progress: null,
  };
}
