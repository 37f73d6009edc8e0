import pMap from "p-map";
import { type BlockIndex, type IndexedBlock, loadBlockIndex, sameEntries, saveBlockIndex } from "#blocks/block-index";
import type { Bucket, ObjectStore } from "#blocks/bucket";
import { META_FILE, splitKey } from "#blocks/directories";
import { MARK_FILES } from "#blocks/marks";
import { listBlock, readBlock } from "#blocks/read-block";
import { isUlid } from "#blocks/ulid";
import { ConflictError } from "#fleet/errors";

const ATTEMPTS = 5;
/** Blocks of a batch that are read at a time. */
const READS = 8;

/**
 * Brings the index up to date with the blocks of these keys, after their meta.json or a mark was written or removed, in
 * one write. Events only say *look at this block*: repeated, late or in any order they lead to the same index. A bad
 * meta.json is recorded as corrupt. A key that is neither is passed over. Throws ConflictError when the index changed
 * under each of five attempts.
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
  if (ulids.size === 0) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await indexOnce({ bucket, indexes, ulids });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
    }
  }
}

function indexedUlid(key: string): readonly string[] {
  const { ulid, path } = splitKey(key);
  return isUlid(ulid) && (path === META_FILE || MARK_FILES.includes(path)) ? [ulid] : [];
}

async function indexOnce({
  bucket,
  indexes,
  ulids,
}: {
  readonly bucket: Bucket;
  readonly indexes: ObjectStore;
  readonly ulids: ReadonlySet<string>;
}): Promise<void> {
  const index: BlockIndex = await loadBlockIndex(indexes, bucket.url);
  // After the index: what is read now is then at least as new as anything that another event wrote before.
  const readings = await pMap(ulids, (ulid) => readEntry(bucket, ulid, index), { concurrency: READS });
  const others = index.blocks.values().filter(({ ulid }) => !ulids.has(ulid));
  const blocks = [...others, ...readings.flat()];
  if (sameEntries(index.blocks.values(), blocks)) return;
  await saveBlockIndex(indexes, bucket.url, { blocks, version: index.version });
}

async function readEntry(bucket: Bucket, ulid: string, { blocks }: BlockIndex): Promise<readonly IndexedBlock[]> {
  const directory = await listBlock(bucket, ulid);
  const reading = directory && (await readBlock(bucket, directory, blocks.get(ulid)));
  return reading?.entry ? [reading.entry] : [];
}
