import { blockIndexKey, type IndexedBlock, indexedBlocks } from "#blocks/block-index";
import type { ObjectStore } from "#blocks/bucket";
import { includesLabels, type Labels, labelsId } from "#blocks/labels";

interface NewestBlock {
  readonly labels: Labels;
  readonly maxTime: number;
}

/**
 * Answers from the block indexes of these buckets when streams last uploaded: the newest in-order raw `maxTime` in ms over
 * the streams whose labels include all of `labels`. Undefined when there is none. Each call asks the store; an index that
 * has not changed is not parsed again.
 */
export function uploadsFromIndex({
  indexes,
  urls,
}: {
  readonly indexes: ObjectStore;
  readonly urls: readonly string[];
}): { newestMaxTime(labels: Labels): Promise<number | undefined> } {
  const parsed = new Map<string, { readonly version: string; readonly streams: readonly NewestBlock[] }>();

  async function streamsIn(url: string): Promise<readonly NewestBlock[]> {
    const stored = await indexes.read(blockIndexKey(url));
    if (stored === undefined) return [];
    const known = parsed.get(url);
    if (known?.version === stored.version) return known.streams;
    const streams = newestPerStream(indexedBlocks(stored.text, url));
    parsed.set(url, { version: stored.version, streams });
    return streams;
  }

  return {
    async newestMaxTime(labels) {
      const streams = await Promise.all(urls.map(streamsIn));
      return streams
        .flat()
        .filter((stream) => includesLabels(stream.labels, labels))
        .reduce<number | undefined>((newest, { maxTime }) => Math.max(newest ?? maxTime, maxTime), undefined);
    },
  };
}

function newestPerStream(blocks: readonly IndexedBlock[]): readonly NewestBlock[] {
  const newest = new Map<string, NewestBlock>();
  for (const { meta } of blocks) {
    if (meta?.value.kind !== "ok") continue;
    const { resolution, hints, labels, maxTime } = meta.value.meta;
    if (resolution !== 0 || hints.length > 0) continue;
    const id = labelsId(labels);
    if (maxTime > (newest.get(id)?.maxTime ?? Number.NEGATIVE_INFINITY)) newest.set(id, { labels, maxTime });
  }
  return [...newest.values()];
}
