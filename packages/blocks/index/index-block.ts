import { setTimeout as pause } from "node:timers/promises";
import pMap from "p-map";
import type { Block } from "#blocks/block/block";
import { MARK_FILES } from "#blocks/block/marks";
import { isUlid } from "#blocks/block/ulid";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import { META_FILE, splitKey } from "#blocks/bucket/directories";
import { listBlock, readBlock } from "#blocks/bucket/read-block";
import { type IndexPlace, indexPlace, type LoadedShard, loadShard } from "#blocks/index/load";
import { loadRoot, placeOf, type StoredRoot } from "#blocks/index/root";
import { sameBlocks } from "#blocks/index/same";
import { writeShard } from "#blocks/index/write";
import { ConflictError } from "#fleet/errors";

const ATTEMPTS = 6;
/** Of the first pause after a conflict; each is drawn, up to twice the last. */
const PAUSE_MS = 25;
/** Blocks of a batch that are read at a time. */
const READS = 8;

/**
 * Brings the index up to date with the blocks of these keys, after their meta.json or a mark was written or removed, in
 * one write of each shard that they are in. Events only say *look at this block*: repeated, late or in any order they lead
 * to the same index. A bad meta.json is recorded as corrupt. A key that is neither is passed over, and so is a shard that
 * cannot be read, which the next listing makes anew. Throws ConflictError when a shard changed under each of six attempts.
 */
export async function indexBlocks({
  bucket,
  indexes,
  keys,
}: {
  readonly bucket: Bucket;
  readonly indexes: ObjectStore;
  /** Relative to the bucket's prefix, decoded. */
  readonly keys: readonly string[];
}): Promise<void> {
  const ulids = new Set(keys.flatMap(indexedUlid));
  if (ulids.size > 0) await lookAgain(indexPlace(indexes, bucket.url), bucket, [...ulids]);
}

function indexedUlid(key: string): readonly string[] {
  const { ulid, path } = splitKey(key);
  return isUlid(ulid) && (path === META_FILE || MARK_FILES.includes(path)) ? [ulid] : [];
}

/** Reads these blocks anew into the index. */
export async function lookAgain(place: IndexPlace, bucket: Bucket, ulids: readonly string[]): Promise<void> {
  let left = ulids;
  for (let attempt = 1; ; attempt += 1) {
    const stored = await loadRoot(place.store, place.url);
    const shards = Map.groupBy(left, (ulid) => placeOf(stored.root.shards, ulid));
    const ends = await pMap(shards, async ([at, mine]) => {
      const isDone = await updateShard(place, bucket, { stored, at, ulids: mine, isLast: attempt === ATTEMPTS });
      return isDone ? [] : mine;
    });
    left = ends.flat();
    if (left.length === 0) return;
    await pause(Math.random() * PAUSE_MS * 2 ** attempt);
  }
}

interface Update {
  readonly stored: StoredRoot;
  readonly at: number;
  readonly ulids: readonly string[];
  readonly isLast: boolean;
}

/** False where somebody else was faster, or the shard has moved. */
async function updateShard(place: IndexPlace, bucket: Bucket, { stored, at, ulids, isLast }: Update): Promise<boolean> {
  const shard = await loadShard(place, stored.root.shards, at);
  // Before the first listing has written anything there is nothing to be read.
  const known = shard.blocks ?? (stored.root.fullAt === null && shard.version === null ? [] : null);
  if (known === null) return isLast;
  // After the shard: what is read now is then at least as new as anything that another event wrote before.
  const blocks = await withFresh(bucket, known, ulids);
  try {
    if (!sameBlocks(known, blocks)) await writeShard(place, shard, blocks);
    return true;
  } catch (error) {
    if (!(error instanceof ConflictError) || isLast) throw error;
    return false;
  }
}

async function withFresh(bucket: Bucket, known: LoadedShard["blocks"], ulids: readonly string[]): Promise<Block[]> {
  const asked = new Set(ulids);
  const before = new Map(known?.map((block) => [block.ulid, block]));
  const fresh = await pMap(ulids, (ulid) => readAnew(bucket, ulid, before.get(ulid)), { concurrency: READS });
  const others = known?.filter(({ ulid }) => !asked.has(ulid)) ?? [];
  return [...others, ...fresh.flatMap((block) => block ?? [])].sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}

/**
 * A block without meta.json is left to listings, unless one has found it so: it is being uploaded, and its last event is
 * to come, or it is being deleted, and no event tells when its last file is gone.
 */
export async function readAnew(bucket: Bucket, ulid: string, known: Block | undefined): Promise<Block | undefined> {
  const directory = await listBlock(bucket, ulid);
  const block = directory && (await readBlock(bucket, directory, known));
  return block?.state.kind === "absent" && known?.state.kind !== "absent" ? undefined : block;
}
