import pMap from "p-map";
import type { Block } from "#blocks/block";
import type { ObjectStore } from "#blocks/bucket";
import { type Interner, interner } from "#blocks/index/intern";
import { endOf, loadRoot, type ShardRef, type StoredRoot, shardKey } from "#blocks/index/root";
import { decodeShard, SEALED } from "#blocks/index/shard";

const CONCURRENT_LOADS = 16;
const ATTEMPTS = 3;

/** Where the index of one bucket is. */
export interface IndexPlace {
  readonly store: ObjectStore;
  readonly url: string;
  readonly intern: Interner;
}

/** A shard as it was read. */
export interface LoadedShard extends ShardRef {
  readonly to: string | null;
  /** Null where there is none, or none that can be read. */
  readonly blocks: readonly Block[] | null;
  /** What a write replaces; null when nothing is stored. */
  readonly version: string | null;
}

export interface LoadedIndex extends StoredRoot {
  readonly place: IndexPlace;
  readonly shards: readonly LoadedShard[];
}

export function indexPlace(store: ObjectStore, url: string): IndexPlace {
  return { store, url, intern: interner() };
}

/** Reads a shard. Its own bounds must be those of the root: else it has moved since the root was read, and counts as not readable. */
export async function loadShard(
  { store, url, intern }: IndexPlace,
  shards: readonly ShardRef[],
  place: number,
): Promise<LoadedShard> {
  const ref = shards[place] ?? { from: "", slot: 0 };
  const to = endOf(shards, place);
  const stored = await store.read(shardKey(url, ref.slot));
  if (stored === undefined) return { ...ref, to, blocks: null, version: null };
  const shard = decodeShard(stored.bytes, url, intern);
  const isIt = shard !== undefined && shard !== SEALED && shard.from === ref.from && shard.to === to;
  return { ...ref, to, blocks: isIt ? shard.blocks : null, version: stored.version };
}

/** The whole index: one read of the root, one of each shard. Again where shards have moved meanwhile. */
export async function loadIndex(place: IndexPlace): Promise<LoadedIndex> {
  for (let attempt = 1; ; attempt += 1) {
    const stored = await loadRoot(place.store, place.url);
    const refs = stored.root.shards;
    const shards = await pMap(refs, (_, at) => loadShard(place, refs, at), { concurrency: CONCURRENT_LOADS });
    if (attempt === ATTEMPTS || stored.version === null || shards.every(({ blocks }) => blocks !== null)) {
      return { ...stored, place, shards };
    }
  }
}

/** Whether it holds a whole bucket: a full listing has reached its end, and every shard could be read. */
export function isComplete({ root, shards }: Pick<LoadedIndex, "root" | "shards">): boolean {
  return root.fullAt !== null && shards.every(({ blocks }) => blocks !== null);
}

/** In the order of their ULIDs. */
export function blocksOf({ shards }: Pick<LoadedIndex, "shards">): readonly Block[] {
  return shards.flatMap(({ blocks }) => blocks ?? []);
}
