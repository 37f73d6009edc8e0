import type { LoadedIndex } from "#blocks/index/load";
import { type IndexRoot, saveRoot } from "#blocks/index/root";

/** The index with this root, once it is written. Throws ConflictError when somebody else was faster. */
export async function saved(index: LoadedIndex, root: IndexRoot): Promise<LoadedIndex> {
  const { store, url } = index.place;
  return { ...index, ...(await saveRoot(store, url, { root, version: index.version })) };
}
