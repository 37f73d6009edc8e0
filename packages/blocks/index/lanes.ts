import { Readable } from "node:stream";
import type { Block } from "#blocks/block/block";
import { isUlid } from "#blocks/block/ulid";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";
import { type Folded, foldEntries, splitKey } from "#blocks/bucket/directories";
import { compareKeys } from "#blocks/bucket/listing";

/** So far the lanes of a listing run ahead of the reading. */
const PAGES_AHEAD = 1000;
/** Keys that a store lists at a time; what comes to a lane until it is listed should have a place in its page. */
const PAGE = 1000;
const LANE_OBJECTS = 0.95 * PAGE;
/** Nearly all that is new has the newest ULIDs. */
const LAST_LANE_OBJECTS = 0.6 * PAGE;
/** About so many at a time. */
const LANES = 8;

/** Where to cut a run of blocks, so that its lanes have a page each, or as many as each other where that would be too many lanes. */
export function cutsOf(blocks: readonly Block[]): readonly string[] {
  const objects = blocks.reduce((sum, { files }) => sum + files.size, 0);
  const share = Math.max(LANE_OBJECTS, objects / LANES);
  const cuts: string[] = [];
  let weight = 0;
  for (const [at, { ulid, files }] of [...blocks.entries()].reverse()) {
    weight += files.size;
    if (at === 0 || weight < (cuts.length === 0 ? LAST_LANE_OBJECTS : share)) continue;
    cuts.unshift(ulid);
    weight = 0;
  }
  return cuts;
}

/** A stretch of the bucket: keys from `from` on, up to `to` or the end. */
export interface Window {
  /** A ULID; empty for the beginning; a key where a listing ended beyond all blocks. */
  readonly from: string;
  readonly to: string | null;
}

/** Where a lane ends: before its own `to` where time was up, or where there is too much for one step. */
interface LaneEnd {
  readonly to: string | null;
  readonly isStopped: boolean;
}

/** A part of a window that is listed beside the others. */
export interface Lane {
  readonly window: Window;
  readonly pages: AsyncIterable<Folded> & Pick<Readable, "destroy">;
  /** Known when all its pages are. */
  readonly end: () => LaneEnd;
}

/** What is listed so far, read or not. */
export interface Listed {
  objects: number;
  directories: number;
  /** That are not at their ends. */
  lanesLeft: number;
}

export interface LaneOptions {
  readonly bucket: Bucket;
  readonly window: Window;
  /** ULIDs at which a new lane begins. Default: one lane. */
  readonly cuts?: readonly string[];
  /** Directories of a lane; one that has more ends before its `to`. */
  readonly most: number;
  /** Asked after each page. */
  readonly isTimeUp: () => boolean;
  /** Told how many are listed so far. */
  readonly onObjects: (listed: number) => void;
}

/** Begins to list all lanes of a window at once. Who does not read one to its end destroys its pages. */
export function openLanes({ window, cuts = [], ...options }: LaneOptions, listed: Listed): readonly Lane[] {
  const bounds = cuts.filter((cut) => cut > window.from && (window.to === null || cut < window.to));
  listed.lanesLeft = bounds.length + 1;
  return [window.from, ...bounds].map((from, nth) =>
    openLane({ ...options, window: { from, to: bounds[nth] ?? window.to } }, listed),
  );
}

function openLane(options: Omit<LaneOptions, "cuts">, listed: Listed): Lane {
  const { window } = options;
  let end: LaneEnd = { to: window.to, isStopped: false };
  const pages = Readable.from(
    foldedPages(options, listed, (at) => {
      end = at;
    }),
    { highWaterMark: Math.ceil(PAGES_AHEAD / listed.lanesLeft) },
  );
  // It is thrown to whoever reads them, who may still be at another lane.
  pages.on("error", () => undefined);
  // Begins without waiting for that.
  pages.read(0);
  return { window, pages, end: () => end };
}

type EndsAt = (end: LaneEnd) => void;

async function* foldedPages(
  options: Omit<LaneOptions, "cuts">,
  listed: Listed,
  endsAt: EndsAt,
): AsyncGenerator<Folded> {
  for await (const entries of pagesOf(options, endsAt)) {
    const folded = foldEntries(entries);
    listed.objects += entries.length;
    listed.directories += folded.directories.length;
    options.onObjects(listed.objects);
    yield folded;
  }
  listed.lanesLeft -= 1;
}

/** The pages of a lane. A directory is in one of them whole. */
async function* pagesOf(
  { bucket, window: { from, to }, most, isTimeUp }: Omit<LaneOptions, "cuts">,
  endsAt: EndsAt,
): AsyncGenerator<readonly ObjectEntry[]> {
  let held: readonly ObjectEntry[] = [];
  let directories = 0;
  let last = "";
  for await (const page of bucket.list(from === "" ? {} : { startAfter: from })) {
    const inside = to === null ? page : upTo(page, to);
    for (const entry of inside) {
      const ulid = ulidIn(entry);
      if (ulid !== last && isUlid(ulid)) directories += 1;
      last = ulid;
    }
    const entries = [...held, ...inside];
    // The last directory may go on in the next page.
    const border = isUlid(last) ? entries.findIndex((entry) => ulidIn(entry) === last) : entries.length;
    const isWhole = border > 0;
    held = entries.slice(border);
    if (isWhole) yield entries.slice(0, border);
    if (inside.length < page.length) break;
    const isStopped = isTimeUp();
    if (!isWhole || !(isStopped || directories > most)) continue;
    endsAt({ to: isUlid(last) ? last : (entries.at(-1)?.key ?? from), isStopped });
    return;
  }
  if (held.length > 0) yield held;
}

/** With an object of just this key, which is beside the block of that name: who goes on after it does not list it. */
function upTo(page: readonly ObjectEntry[], to: string): readonly ObjectEntry[] {
  const end = page.findIndex(({ key }) => compareKeys(key, to) > 0);
  return end < 0 ? page : page.slice(0, end);
}

function ulidIn(entry: ObjectEntry | undefined): string {
  return splitKey(entry?.key ?? "").ulid;
}
