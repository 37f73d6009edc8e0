import type { Block } from "#blocks/block/block";
import { includesLabels, type Labels, labelsId } from "#blocks/block/labels";
import { ulidTime } from "#blocks/block/ulid";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { interner } from "#blocks/index/intern";
import { endOf, loadRoot, shardKey } from "#blocks/index/root";
import { decodeShard, SEALED } from "#blocks/index/shard";

interface NewestBlock {
  readonly labels: Labels;
  readonly maxTime: number;
}

/**
 * Answers from the block indexes of these buckets when streams last uploaded: the newest in-order raw `maxTime` in ms over
 * the streams whose labels include all of `labels`. Undefined when there is none. Each call asks the store, for no more
 * shards than it takes; one that has not changed is not parsed again.
 */
export function uploadsFromIndex({
  indexes,
  urls,
}: {
  readonly indexes: ObjectStore;
  readonly urls: readonly string[];
}): { newestMaxTime(labels: Labels): Promise<number | undefined> } {
  const parsed = new Map<string, { readonly version: string; readonly streams: readonly NewestBlock[] }>();

  async function streamsIn(url: string, slot: number): Promise<readonly NewestBlock[]> {
    const key = shardKey(url, slot);
    const stored = await indexes.read(key);
    if (stored === undefined) return [];
    const known = parsed.get(key);
    if (known?.version === stored.version) return known.streams;
    const shard = decodeShard(stored.bytes, url, interner());
    const streams = newestPerStream(shard === undefined || shard === SEALED ? [] : shard.blocks);
    parsed.set(key, { version: stored.version, streams });
    return streams;
  }

  async function newestIn(url: string, labels: Labels): Promise<number | undefined> {
    const { shards } = (await loadRoot(indexes, url)).root;
    let newest: number | undefined;
    for (let place = shards.length - 1; place >= 0; place -= 1) {
      // A block is made after the end of its samples: those of older shards end earlier than what was found.
      const end = endOf(shards, place);
      if (newest !== undefined && end !== null && ulidTime(end) <= newest) break;
      const streams = await streamsIn(url, shards[place]?.slot ?? 0);
      newest = newestOf(
        newest,
        streams.filter((stream) => includesLabels(stream.labels, labels)),
      );
    }
    return newest;
  }

  return {
    async newestMaxTime(labels) {
      const found = await Promise.all(urls.map((url) => newestIn(url, labels)));
      return newestOf(
        undefined,
        found.flatMap((maxTime) => (maxTime === undefined ? [] : [{ maxTime }])),
      );
    },
  };
}

function newestOf(first: number | undefined, others: readonly Pick<NewestBlock, "maxTime">[]): number | undefined {
  return others.reduce<number | undefined>((newest, { maxTime }) => Math.max(newest ?? maxTime, maxTime), first);
}

function newestPerStream(blocks: readonly Block[]): readonly NewestBlock[] {
  const newest = new Map<string, NewestBlock>();
  for (const { state } of blocks) {
    if (state.kind !== "ok") continue;
    const { resolution, hints, labels, maxTime } = state.meta;
    if (resolution !== 0 || hints.length > 0) continue;
    const id = labelsId(labels);
    if (maxTime > (newest.get(id)?.maxTime ?? Number.NEGATIVE_INFINITY)) newest.set(id, { labels, maxTime });
  }
  return [...newest.values()];
}
