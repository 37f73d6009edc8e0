import pMap from "p-map";
import * as v from "valibot";
import { parseJson, readJson, struct } from "#blocks/block/json";
import { mergeBeside } from "#blocks/bucket/beside";
import { FROZEN } from "#blocks/index/arrange";
import { commitWindow } from "#blocks/index/commit";
import { type IndexPlace, type LoadedIndex, loadShard } from "#blocks/index/load";
import { finish, type RefreshOptions } from "#blocks/index/refresh";
import {
  endOf,
  loadRoot,
  type Progress,
  ProgressSchema,
  type StoredRoot,
  type Stretch,
  stretchKey,
} from "#blocks/index/root";
import { progressFrom, type WalkOptions, walk, windowsOf } from "#blocks/index/walk";

const CONCURRENT_LOADS = 16;

const Kept = struct({ schemaVersion: v.literal(1), url: v.string(), isDone: v.boolean(), progress: ProgressSchema });

/** How far a stretch is. */
interface StretchState {
  readonly progress: Progress;
  readonly isDone: boolean;
  /** What a write replaces. */
  readonly version: string | null;
}

/** Which stretch of which listing. */
export interface StretchTurn {
  /** Of the listing, ms since the epoch. */
  readonly startedAt: number;
  readonly nth: number;
}

/** `over`: the listing has ended without it, or the stretch is of another one. */
export type StretchEnd =
  | { readonly end: "over" }
  | { readonly end: "stopped"; readonly after: string }
  | { readonly end: "done"; readonly areAllDone: boolean };

/**
 * Lists one stretch into the shards that are its own, and keeps how far it is in an object that is its own too: the root is read
 * and never written. Throws what the bucket throws, and ConflictError where another one lists the same stretch.
 */
export async function listStretch(
  place: IndexPlace,
  turn: StretchTurn,
  options: Pick<WalkOptions, "bucket" | "now" | "isTimeUp"> & { readonly windowBlocks?: number },
): Promise<StretchEnd> {
  const stored = await loadRoot(place.store, place.url);
  const { progress: listing } = stored.root;
  const stretch = listing?.startedAt === turn.startedAt ? listing.stretches?.[turn.nth] : undefined;
  if (listing === null || stretch === undefined) return { end: "over" };
  const state = await stateOf(place, listing, turn.nth);
  if (!state.isDone) {
    const after = await listFrom(state, { place, stored, stretch, turn }, options);
    if (after !== undefined) return { end: "stopped", after };
  }
  return { end: "done", areAllDone: (await unfinished(place, listing)).length === 0 };
}

interface At {
  readonly place: IndexPlace;
  readonly stored: StoredRoot;
  readonly stretch: Stretch;
  readonly turn: StretchTurn;
}

/** Where it stopped; undefined at its end. */
async function listFrom(
  state: StretchState,
  { place, stored, stretch, turn }: At,
  options: Parameters<typeof listStretch>[2],
): Promise<string | undefined> {
  let { version } = state;
  const keep = async (progress: Progress, isDone: boolean) => {
    const text = JSON.stringify({ schemaVersion: 1, url: place.url, isDone, progress });
    version = await place.store.write(stretchKey(place.url, turn.nth), text, version);
  };
  const rest = { from: state.progress.after, to: stretch.to };
  const index = { ...stored, place, shards: await shardsIn(place, stored, rest) };
  const sizes = { ...FROZEN, ...(options.windowBlocks === undefined ? {} : { windowBlocks: options.windowBlocks }) };
  const windows = windowsOf(index, state.progress.after, options.windowBlocks);
  const { progress, isStopped } = await walk(index, windows, state.progress, {
    ...{ bucket: options.bucket, now: options.now, isTimeUp: options.isTimeUp, sizes },
    save: async (at, reached) => {
      await keep(reached, false);
      return at;
    },
  });
  if (isStopped) return progress.after;
  await keep(progress, true);
  return undefined;
}

async function shardsIn(place: IndexPlace, { root: { shards } }: StoredRoot, { from, to }: Stretch) {
  const places = shards.keys().filter((at) => {
    const [begin, end] = [shards[at]?.from ?? "", endOf(shards, at)];
    return (to === null || begin < to) && (end === null || end > from);
  });
  return pMap([...places], (at) => loadShard(place, shards, at), { concurrency: CONCURRENT_LOADS });
}

/** One that cannot be read, or is of another listing, counts as none: the stretch begins anew. */
async function stateOf({ store, url }: IndexPlace, listing: Progress, nth: number): Promise<StretchState> {
  const stored = await store.read(stretchKey(url, nth));
  const parsed = stored && parseJson(Kept, readJson(stored.bytes));
  const version = stored?.version ?? null;
  if (parsed?.ok && parsed.value.url === url && parsed.value.progress.startedAt === listing.startedAt)
    return { progress: parsed.value.progress, isDone: parsed.value.isDone, version };
  const begun = progressFrom(listing.stretches?.[nth]?.from ?? "", listing.startedAt);
  return { progress: begun, isDone: false, version };
}

/** The stretches of a listing that are not at their ends: the place of each, and how far it is. */
export async function unfinished(
  place: IndexPlace,
  listing: Progress,
): Promise<readonly (StretchTurn & { readonly after: string })[]> {
  const states = await statesOf(place, listing);
  return states.flatMap(({ isDone, progress: { startedAt, after } }, nth) =>
    isDone ? [] : [{ startedAt, nth, after }],
  );
}

function statesOf(place: IndexPlace, listing: Progress): Promise<readonly StretchState[]> {
  return Promise.all((listing.stretches ?? []).map((_, nth) => stateOf(place, listing, nth)));
}

/**
 * Ends a listing all of whose stretches are done: what has grown large is cut, what they counted is added up, and the root tells
 * of it. The same index while some are not. Whoever is killed in it leaves a listing that can be joined again.
 */
export async function joinStretches(
  index: LoadedIndex,
  options: Parameters<typeof finish>[2] & Pick<RefreshOptions, "bucket">,
): Promise<LoadedIndex> {
  const { progress: listing } = index.root;
  if (listing === null) return index;
  const states = await statesOf(index.place, listing);
  if (!states.every(({ isDone }) => isDone)) return index;
  let after = index;
  for (const { from, to, blocks } of index.shards)
    if (blocks !== null) after = await commitWindow(after, { window: { from, to }, blocks }, options);
  return finish(after, states.map(({ progress }) => progress).reduce(added, listing), options);
}

function added(sum: Progress, { beside, missed }: Progress): Progress {
  return { ...sum, beside: mergeBeside(sum.beside, beside), missed: sum.missed + missed };
}
