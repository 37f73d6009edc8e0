import type { ReadableBlock } from "#blocks/block";
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

export function createdAfter(from: number): (block: ReadableBlock) => boolean {
  return ({ ulid }) => ulidTime(ulid) > from;
}
