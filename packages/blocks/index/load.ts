import pMap from "p-map";
import type { Block } from "#blocks/block/block";
import { type ObjectStore, UNCHANGED } from "#blocks/bucket/bucket";
import { checkCapacity } from "#blocks/index/capacity";
import { type DecodedShard, type KeptIndex, type KeptIndexes, NOTHING_KEPT } from "#blocks/index/kept";
import { endOf, loadRoot, type ShardRef, type StoredRoot, shardKey } from "#blocks/index/root";
import { recognized } from "#blocks/index/same";
import { decodeShard, SEALED } from "#blocks/index/shard";

/** Nearly every index is one round of requests then; what is in flight of a large one stays a few hundred MB. */
const CONCURRENT_LOADS = 32;
const ATTEMPTS = 3;

/** Where the index of one bucket is. */
export interface IndexPlace {
  readonly store: ObjectStore;
  readonly url: string;
  readonly kept: KeptIndex;
  /** As many as there is memory for. */
  readonly mostBlocks: number;
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

export function indexPlace(
  store: ObjectStore,
  url: string,
  kept: KeptIndexes = NOTHING_KEPT,
  mostBlocks: number = Number.POSITIVE_INFINITY,
): IndexPlace {
  return { store, url, kept: kept.of(url), mostBlocks };
}

/** Reads a shard. Its own bounds must be those of the root: else it has moved since the root was read, and counts as not readable. */
export async function loadShard(place: IndexPlace, shards: readonly ShardRef[], at: number): Promise<LoadedShard> {
  const ref = shards[at] ?? { from: "", slot: 0 };
  const to = endOf(shards, at);
  const found = await decoded(place, shardKey(place.url, ref.slot));
  if (found === undefined) return { ...ref, to, blocks: null, version: null };
  const { version, shard } = found;
  const isIt = shard !== undefined && shard !== SEALED && shard.from === ref.from && shard.to === to;
  return { ...ref, to, blocks: isIt ? shard.blocks : null, version };
}

/** Asks the store each time; what has not changed since it was kept is not sent, and not decoded. */
async function decoded({ store, url, kept }: IndexPlace, key: string): Promise<DecodedShard | undefined> {
  const known = kept.get(key);
  const found = known === undefined ? await store.read(key) : await store.readUnless(key, known.version);
  if (found === UNCHANGED) return known;
  if (found === undefined) return undefined;
  const { bytes, version } = found;
  const shard = decodeShard(bytes, url, kept.intern);
  const young = { version, shard: withKnown(shard, known?.shard) };
  kept.put(key, young, bytes.byteLength);
  return young;
}

function withKnown(shard: DecodedShard["shard"], known: DecodedShard["shard"]): DecodedShard["shard"] {
  if (typeof shard !== "object" || typeof known !== "object") return shard;
  return { ...shard, blocks: recognized(shard.blocks, known.blocks) };
}

/**
 * The whole index: one read of the root, one of each shard. Where this process knows a root, it asks for the shards of that one at
 * the same time. Again where shards have moved meanwhile. Throws TerminalError `index-too-large` where it has more blocks than
 * there is memory for.
 */
export async function loadIndex(place: IndexPlace): Promise<LoadedIndex> {
  const { store, url, kept } = place;
  for (let attempt = 1; ; attempt += 1) {
    const known = kept.root();
    const likely = attempt === 1 ? (known?.root.shards ?? []) : [];
    const [stored, early] = await Promise.all([loadRoot(store, url, known), loadShards(place, likely, [])]);
    checkCapacity(url, stored.root.blocks, place.mostBlocks);
    kept.putRoot(stored);
    const shards = await loadShards(place, stored.root.shards, early);
    if (attempt === ATTEMPTS || stored.version === null || shards.every(({ blocks }) => blocks !== null)) {
      return { ...stored, place, shards };
    }
  }
}

/** Of these shards those that were not just read. */
function loadShards(place: IndexPlace, refs: readonly ShardRef[], early: readonly LoadedShard[]) {
  const bySlot = new Map(early.map((shard) => [shard.slot, shard]));
  return pMap(
    refs,
    ({ from, slot }, at) => {
      const found = bySlot.get(slot);
      const isIt = found?.from === from && found.to === endOf(refs, at) && found.blocks !== null;
      return isIt ? found : loadShard(place, refs, at);
    },
    { concurrency: CONCURRENT_LOADS },
  );
}

/** Whether it holds a whole bucket: a full listing has reached its end, and every shard could be read. */
export function isComplete({ root, shards }: Pick<LoadedIndex, "root" | "shards">): boolean {
  return root.fullAt !== null && shards.every(({ blocks }) => blocks !== null);
}

/** In the order of their ULIDs. */
export function blocksOf({ shards }: Pick<LoadedIndex, "shards">): readonly Block[] {
  return shards.flatMap(({ blocks }) => blocks ?? []);
}
