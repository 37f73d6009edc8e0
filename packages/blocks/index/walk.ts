import { pMapIterable } from "p-map";
import type { Block } from "#blocks/block/block";
import { mergeBeside, NOTHING_BESIDE } from "#blocks/bucket/beside";
import type { Bucket } from "#blocks/bucket/bucket";
import type { AuditProgress } from "#blocks/finding";
import { isIn, type ShardSizes } from "#blocks/index/arrange";
import { commitWindow } from "#blocks/index/commit";
import { cutsOf, type Window } from "#blocks/index/lanes";
import { blocksOf, type LoadedIndex } from "#blocks/index/load";
import type { Progress } from "#blocks/index/root";
import { wasMissed } from "#blocks/index/same";
import { readWindow, type WindowReading } from "#blocks/index/window";

/** Windows that are listed at a time, and blocks of one. */
const CONCURRENT_WINDOWS = 4;
const WINDOW_BLOCKS = 10_000;
/** An event that is younger may still be under way. */
const EVENT_MS = 10 * 60_000;
/** Progress is told once in so many blocks. */
const PROGRESS_STEP = 256;
/** Above every ULID. */
const ALL_BLOCKS = "~";

export interface WalkOptions {
  readonly bucket: Bucket;
  readonly now: number;
  readonly sizes: ShardSizes & { readonly windowBlocks?: number };
  /** Asked after each page. */
  readonly isTimeUp: () => boolean;
  /** Once it is aborted, what is read by then is written, and the rest is left. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: AuditProgress) => void) | undefined;
  /** Keeps how far it is, so that an invocation that is killed is not begun anew. */
  readonly save?: ((index: LoadedIndex, progress: Progress) => Promise<LoadedIndex>) | undefined;
}

interface Walked {
  readonly index: LoadedIndex;
  readonly progress: Progress;
  /** Whether time was up, or the signal was given. */
  readonly isStopped: boolean;
}

/** A walk is nowhere yet. */
export function progressFrom(after: string, startedAt: number): Progress {
  return { startedAt, after, counted: "", beside: NOTHING_BESIDE, missed: 0, stretches: null };
}

/**
 * Lists these windows, several at a time, and brings the index up to date with them in their order, so that what is written has
 * no holes. What events have missed of a window is saved before its blocks are written: afterwards they are known.
 */
export async function walk(
  index: LoadedIndex,
  windows: readonly Window[],
  begun: Progress,
  options: WalkOptions,
): Promise<Walked> {
  const { save, signal } = options;
  const read = reader(index, options);
  const keep = async (at: LoadedIndex, reached: Progress) => (signal?.aborted ? at : (save?.(at, reached) ?? at));
  let [after, progress] = [index, begun];
  const stepsIn = async (window: Window) => (signal?.aborted ? [] : stepsOf(window, await read(window), read));
  for await (const steps of pMapIterable(windows, stepsIn, { concurrency: CONCURRENT_WINDOWS })) {
    for await (const reading of steps) {
      const counted = counting(progress, reading, index);
      if (progress !== begun || counted.missed > progress.missed) after = await keep(after, counted);
      after = await commitWindow(after, reading, options);
      progress = advanced(counted, reading);
      // After a signal nobody goes on from here, and what the windows behind this one have read is written too.
      if (reading.isStopped && !signal?.aborted)
        return { index: await keep(after, progress), progress, isStopped: true };
    }
  }
  return { index: after, progress, isStopped: signal?.aborted ?? false };
}

/** Neighbouring shards together, as far as they hold no more blocks than a window. */
export function windowsOf(
  { shards }: Pick<LoadedIndex, "shards">,
  after: string,
  most: number = WINDOW_BLOCKS,
): readonly Window[] {
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

function reader(index: LoadedIndex, { bucket, isTimeUp, signal, onProgress, sizes }: WalkOptions): Read {
  const seen = { objects: 0, blocks: 0 };
  return (window) => {
    const inside = blocksIn(index, window);
    const known = new Map(inside.map((block) => [block.ulid, block]));
    let before = 0;
    return readWindow({
      ...{ bucket, window, known, isTimeUp, signal },
      ...{ cuts: cutsOf(inside), most: sizes.windowBlocks ?? WINDOW_BLOCKS },
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

/** What events have missed before the first full listing has reached its end is everything, and no count. */
function counting(progress: Progress, { window, blocks }: WindowReading, index: LoadedIndex): Progress {
  if (index.root.fullAt === null) return progress;
  const known = new Map(blocksIn(index, window).map((block) => [block.ulid, block]));
  const found = new Map(blocks.map((block) => [block.ulid, block]));
  const since = progress.startedAt - EVENT_MS;
  const missed = [...new Set([...known.keys(), ...found.keys()])].filter(
    (ulid) => ulid >= progress.counted && wasMissed(known.get(ulid), found.get(ulid), since),
  );
  const [to, { counted }] = [window.to ?? ALL_BLOCKS, progress];
  const isNew = to > counted;
  return { ...progress, counted: isNew ? to : counted, missed: progress.missed + missed.length };
}

function blocksIn({ shards }: LoadedIndex, window: Window): readonly Block[] {
  const touched = shards.filter(
    ({ from, to }) => (window.to === null || from < window.to) && (to ?? ALL_BLOCKS) > window.from,
  );
  return blocksOf({ shards: touched }).filter(({ ulid }) => isIn(ulid, window));
}

function advanced(progress: Progress, { window, beside }: WindowReading): Progress {
  return { ...progress, after: window.to ?? "", beside: mergeBeside(progress.beside, beside) };
}
