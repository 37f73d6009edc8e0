import { loadBlockIndex } from "#blocks/block-index";
import type { ObjectStore } from "#blocks/bucket";
import { includesLabels, type Labels } from "#blocks/labels";

/**
 * Answers from the block indexes of these buckets when streams last uploaded: the newest in-order raw `maxTime` in ms over the
 * streams whose labels include all of `labels`. Undefined when there is none. Reads the index anew at each call.
 */
export function uploadsFromIndex({
  indexes,
  urls,
}: {
  readonly indexes: ObjectStore;
  readonly urls: readonly string[];
}): { newestMaxTime(labels: Labels): Promise<number | undefined> } {
  return {
    async newestMaxTime(labels) {
      const loaded = await Promise.all(urls.map((url) => loadBlockIndex(indexes, url)));
      let newest: number | undefined;
      for (const { meta } of loaded.flatMap(({ blocks }) => [...blocks.values()])) {
        if (meta?.value.kind !== "ok") continue;
        const block = meta.value.meta;
        if (block.resolution !== 0 || block.hints.length > 0 || !includesLabels(block.labels, labels)) continue;
        newest = Math.max(newest ?? block.maxTime, block.maxTime);
      }
      return newest;
    },
  };
}
