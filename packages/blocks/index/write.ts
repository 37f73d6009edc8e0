import type { Block } from "#blocks/block/block";
import type { IndexPlace, LoadedShard } from "#blocks/index/load";
import { shardKey } from "#blocks/index/root";
import { encodeShard } from "#blocks/index/shard";

/** Writes these blocks in place of those that were loaded. Throws ConflictError when somebody else was faster. */
export async function writeShard(
  { store, url }: IndexPlace,
  shard: LoadedShard,
  blocks: readonly Block[],
): Promise<LoadedShard> {
  const bytes = encodeShard(url, { from: shard.from, to: shard.to, blocks });
  return { ...shard, blocks, version: await store.write(shardKey(url, shard.slot), bytes, shard.version) };
}
