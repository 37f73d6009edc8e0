import { pMapIterable } from "p-map";
import { mergeBeside, NOTHING_BESIDE } from "#blocks/beside";
import type { Block } from "#blocks/block";
import type { Bucket } from "#blocks/bucket";
import type { AuditProgress } from "#blocks/finding";
import { SHARD_SIZES, type ShardSizes } from "#blocks/index/arrange";
import { commitWindow, mergeShards } from "#blocks/index/commit";
import { blocksOf, type LoadedIndex } from "#blocks/index/load";
import { type IndexRoot, type Progress, saveRoot } from "#blocks/index/root";
import { wasMissed } from "#blocks/index/same";
import { readWindow, type Window, type WindowReading } from "#blocks/index/window";
import { ulidOfTime } from "#blocks/ulid";

const HOUR = 3_600_000;
/** Tails begin at blocks so old: longer than an outage that should heal by itself. */
const TAIL_MS = 26 * HOUR;
/** Above every ULID, below most other names. */
const ABOVE_ULIDS = "8";
/** Windows that are listed at a time, and blocks of one. */
const CONCURRENT_WINDOWS = 4;
const WINDOW_BLOCKS = 10_000;
/** An event that is younger may still be under way. */
const EVENT_MS = 10 * 60_000;
/** Progress is told once in so many blocks. */
const PROGRESS_STEP = 256;

export interface RefreshOptions {
  readonly bucket: Bucket;
  /** `full`: everything; `tail`: blocks that were made in the last 26 h. */
  readonly listing: "full" | "tail";
  readonly now: number;
  /** Asked after each page: a full listing then saves where it is, and the next one goes on from there. */
  readonly isTimeUp?: (() => boolean) | undefined;
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** What else a full listing finds, asked when it has reached its end. */
  readonly alsoRead?: (blocks: readonly Block[]) => Promise<Pick<IndexRoot, "uploads" | "headers">>;
  /** Of the index; the defaults are for use, others for tests. */
  readonly sizes?: (ShardSizes & { readonly windowBlocks: number }) | undefined;
}

/**
 * Lists the bucket, or its tail, and brings the index up to date with it. What is written is a window of the listing at a
 * time, never a part of what a failed page leaves unknown. Throws what the bucket throws, and ConflictError where
 * another listing is at work.
 */
export async function refreshIndex(index: LoadedIndex, options: RefreshOptions): Promise<LoadedIndex> {
  const { windows, progress: begun } = options.listing === "full" ? fullRun(index, options) : tailRun(options);
  const read = reader(index, options);
  const { bucket, now, sizes = SHARD_SIZES } = options;
  const commit = { bucket, now, sizes };
  let [after, progress] = [index, begun];
  // Several are read at a time, and written in their order, so that what is written has no holes.
  for await (const steps of pMapIterable(windows, async (window) => stepsOf(window, await read(window), read), {
    concurrency: CONCURRENT_WINDOWS,
  })) {
    for await (const reading of steps) {
      after = await commitWindow(after, reading, commit);
      progress = advanced(progress, reading, index);
      if (reading.isStopped) return saved(after, { ...after.root, progress });
    }
  }
  after = await mergeShards(after, commit);
  if (options.listing === "tail") return saved(after, { ...after.root, listedAt: latest(after.root, now) });
  const also = await options.alsoRead?.(blocksOf(after));
  return saved(after, { ...finished(after.root, progress), ...also });
}

interface Run {
  readonly windows: readonly Window[];
  readonly progress: Progress;
}

function fullRun(index: LoadedIndex, { now, sizes }: RefreshOptions): Run {
  const progress = index.root.progress ?? { startedAt: now, after: "", beside: NOTHING_BESIDE, missed: 0 };
  return { windows: windowsOf(index, progress.after, sizes?.windowBlocks ?? WINDOW_BLOCKS), progress };
}

function tailRun({ now }: RefreshOptions): Run {
  const from = ulidOfTime(now - TAIL_MS);
  const progress = { startedAt: now, after: from, beside: NOTHING_BESIDE, missed: 0 };
  return { windows: [{ from, to: ABOVE_ULIDS }], progress };
}

/** Neighbouring shards together, as far as they hold no more blocks than a window. */
function windowsOf({ shards }: LoadedIndex, after: string, most: number): readonly Window[] {
  const windows: Window[] = [];
  let count = Number.POSITIVE_INFINITY;
  for (const { from, to, blocks } of shards) {
    if (to !== null && to <= after) continue;
    count += blocks?.length ?? 0;
    const window = windows.at(-1);
    if (window !== undefined && count <= most) windows[windows.length - 1] = { from: window.from, to };
    else {
      windows.push({ from: from > after ? from : after, to });
      count = blocks?.length ?? 0;
    }
  }
  return windows;
}

type Read = (window: Window) => Promise<WindowReading>;

function reader(index: LoadedIndex, options: RefreshOptions): Read {
  const { bucket, listing, isTimeUp = () => false, onProgress, sizes } = options;
  const known = new Map(blocksOf(index).map((block) => [block.ulid, block]));
  const seen = { objects: 0, blocks: 0 };
  return (window) => {
    let before = 0;
    return readWindow({
      ...{ bucket, window, known, most: sizes?.windowBlocks ?? WINDOW_BLOCKS },
      // A tail is short, and goes on from nowhere.
      isTimeUp: listing === "tail" ? () => false : isTimeUp,
      onObjects: (objects) => {
        seen.objects += objects - before;
        before = objects;
        onProgress?.({ phase: "list", done: seen.objects });
      },
      onBlocks: (_, listed) => {
        seen.blocks += 1;
        if (listed !== undefined && seen.blocks % PROGRESS_STEP === 0)
          onProgress?.({ phase: "read", done: seen.blocks });
      },
    });
  };
}

/** A window that was too large to be one step goes on where the step ended. */
async function* stepsOf(window: Window, first: WindowReading, read: Read): AsyncGenerator<WindowReading> {
  for (let reading = first; ; reading = await read({ from: reading.window.to ?? "", to: window.to })) {
    yield reading;
    if (reading.isStopped || reading.window.to === window.to) return;
  }
}

function advanced(progress: Progress, { window, blocks, beside }: WindowReading, { shards }: LoadedIndex): Progress {
  const touched = shards.filter(
    ({ from, to }) => (window.to === null || from < window.to) && (to ?? "~") > window.from,
  );
  const inWindow = blocksOf({ shards: touched }).filter(({ ulid }) => isIn(ulid, window));
  const known = new Map(inWindow.map((block) => [block.ulid, block]));
  const found = new Map(blocks.map((block) => [block.ulid, block]));
  const since = progress.startedAt - EVENT_MS;
  const missed = [...new Set([...known.keys(), ...found.keys()])].filter((ulid) =>
    wasMissed(known.get(ulid), found.get(ulid), since),
  );
  return {
    startedAt: progress.startedAt,
    after: window.to ?? "",
    beside: mergeBeside(progress.beside, beside),
    missed: progress.missed + missed.length,
  };
}

function isIn(ulid: string, { from, to }: Window): boolean {
  return ulid >= from && (to === null || ulid < to);
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
    missed: root.fullAt === null ? null : missed,
    progress: null,
  };
}

async function saved(index: LoadedIndex, root: IndexRoot): Promise<LoadedIndex> {
  const { store, url } = index.place;
  return { ...index, ...(await saveRoot(store, url, { root, version: index.version })) };
}
