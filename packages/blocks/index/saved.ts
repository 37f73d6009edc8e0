import type { LoadedIndex } from "#blocks/index/load";
import { type IndexRoot, saveRoot } from "#blocks/index/root";

/** The whole index with this root, once it is written. Throws ConflictError when somebody else was faster. */
export async function saved(index: LoadedIndex, root: Omit<IndexRoot, "blocks">): Promise<LoadedIndex> {
  const { store, url } = index.place;
  const blocks = index.shards.reduce((sum, shard) => sum + (shard.blocks?.length ?? 0), 0);
  return { ...index, ...(await saveRoot(store, url, { root: { ...root, blocks }, version: index.version })) };
}
