import type { ReadableBlock } from "#blocks/block";
import { META_FILE } from "#blocks/directories";
import { labelsId } from "#blocks/labels";
import { ulidTime } from "#blocks/ulid";

const SHIPPED = new Set(["sidecar", "receive", "ruler"]);

/** The in-order heads that a shipper uploaded, by their creation, by the `labelsId` of their stream; marked ones too. */
export function shippedHeads(blocks: readonly ReadableBlock[]): ReadonlyMap<string, readonly ReadableBlock[]> {
  const heads = blocks
    .filter(
      ({ meta }) => meta.level <= 1 && meta.resolution === 0 && meta.hints.length === 0 && SHIPPED.has(meta.source),
    )
    .sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
  return Map.groupBy(heads, ({ meta }) => labelsId(meta.labels));
}

/** When a head was there: by its producer's clock, or where Thanos before 0.40 wrote none by the store's; undefined where the store tells none. */
export function shippedAt({ meta, files }: ReadableBlock): number | undefined {
  return meta.uploadTime ?? files.get(META_FILE)?.lastModified;
}

export function createdAfter(from: number): (block: ReadableBlock) => boolean {
  return ({ ulid }) => ulidTime(ulid) > from;
}
