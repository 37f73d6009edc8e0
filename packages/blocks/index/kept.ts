import { type Interner, interner } from "#blocks/index/intern";
import type { StoredRoot } from "#blocks/index/root";
import type { SEALED, Shard } from "#blocks/index/shard";

/** What a block takes in memory, and each of its files, and each stored byte of its sources; bytes, somewhat above the truth. */
const PER_BLOCK = 700;
const PER_FILE = 200;
const PER_STORED_BYTE = 2;

/** An object of an index as it was read and decoded. */
export interface DecodedShard {
  readonly version: string;
  /** Undefined where it cannot be read. */
  readonly shard: Shard | typeof SEALED | undefined;
}

/** Root and shards of one bucket's index, these by their keys. What is given out is shared: nobody may change it. */
export interface KeptIndex {
  readonly intern: Interner;
  root(): StoredRoot | undefined;
  putRoot(root: StoredRoot): void;
  get(key: string): DecodedShard | undefined;
  put(key: string, decoded: DecodedShard, storedBytes: number): void;
}

/** Roots and decoded shards from one reading to the next of the same process, by bucket. */
export interface KeptIndexes {
  of(url: string): KeptIndex;
}

interface Kept {
  readonly intern: Interner;
  root: StoredRoot | undefined;
  readonly shards: Map<string, { readonly decoded: DecodedShard; readonly bytes: number }>;
  bytes: number;
}

/**
 * Keeps about `most` bytes. When they are too few, the bucket that was not asked for the longest goes as a whole, and of one that
 * is too large by itself as much is kept as there is room for. Whoever reads asks the store whether the version is still
 * that one: nothing here says that it is.
 */
export function keptIndexes(most: number): KeptIndexes {
  // In the order in which they were asked for.
  const buckets = new Map<string, Kept>();
  return {
    of: (url) => {
      const kept = buckets.get(url) ?? { intern: interner(), root: undefined, shards: new Map(), bytes: 0 };
      buckets.delete(url);
      buckets.set(url, kept);
      return {
        intern: kept.intern,
        root: () => kept.root,
        putRoot: (root) => {
          kept.root = root;
        },
        get: (key) => kept.shards.get(key)?.decoded,
        put: (key, decoded, storedBytes) => {
          drop(kept, key);
          const bytes = weightOf(decoded, storedBytes);
          for (const [other] of buckets) if (other !== url && total() + bytes > most) buckets.delete(other);
          if (buckets.get(url) !== kept || total() + bytes > most) return;
          kept.shards.set(key, { decoded, bytes });
          kept.bytes += bytes;
        },
      };
    },
  };

  function total(): number {
    return buckets.values().reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function drop(kept: Kept, key: string): void {
  kept.bytes -= kept.shards.get(key)?.bytes ?? 0;
  kept.shards.delete(key);
}

function weightOf({ shard }: DecodedShard, storedBytes: number): number {
  const blocks = typeof shard === "object" ? shard.blocks : [];
  const files = blocks.reduce((sum, block) => sum + block.files.size, 0);
  return PER_BLOCK * blocks.length + PER_FILE * files + PER_STORED_BYTE * storedBytes;
}

/** For one reading: nothing is kept. */
export const NOTHING_KEPT: KeptIndexes = {
  of: () => ({
    ...{ intern: interner(), root: () => undefined, putRoot: () => undefined },
    ...{ get: () => undefined, put: () => undefined },
  }),
};
