import { type BlockIndex, loadBlockIndex, sameEntries, saveBlockIndex } from "#blocks/block-index";
import type { Bucket, ObjectStore } from "#blocks/bucket";
import { META_FILE, splitKey } from "#blocks/directories";
import { MARK_FILES } from "#blocks/marks";
import { listBlock, readBlock } from "#blocks/read-block";
import { isUlid } from "#blocks/ulid";
import { ConflictError } from "#fleet/errors";

const ATTEMPTS = 5;

/**
 * Brings the index up to date with one block, after its meta.json or a mark was written or removed. Events only say
 * *look at this block*: repeated, late or in any order they lead to the same index. A bad meta.json is recorded as
 * corrupt. A key that is neither is passed over. Throws ConflictError when the index changed under each of five attempts.
 */
export async function indexBlock({
  bucket,
  indexes,
  key,
}: {
  readonly bucket: Bucket;
  readonly indexes: ObjectStore;
  /** Relative to the bucket's prefix, decoded. */
  readonly key: string;
}): Promise<void> {
  const { ulid, path } = splitKey(key);
  if (!isUlid(ulid) || !(path === META_FILE || MARK_FILES.includes(path))) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await indexOnce({ bucket, indexes, ulid });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function indexOnce({
  bucket,
  indexes,
  ulid,
}: {
  readonly bucket: Bucket;
  readonly indexes: ObjectStore;
  readonly ulid: string;
}): Promise<void> {
  const index: BlockIndex = await loadBlockIndex(indexes, bucket.url);
  // After the index: what is read now is then at least as new as anything that another event wrote before.
  const directory = await listBlock(bucket, ulid);
  const reading = directory && (await readBlock(bucket, directory, index.blocks.get(ulid)));
  const others = index.blocks.values().filter((block) => block.ulid !== ulid);
  const blocks = [...others, ...(reading?.entry ? [reading.entry] : [])];
  if (sameEntries(index.blocks.values(), blocks)) return;
  await saveBlockIndex(indexes, bucket.url, { blocks, version: index.version });
}
