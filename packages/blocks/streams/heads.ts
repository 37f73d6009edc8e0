import type { ReadableBlock } from "#blocks/block/block";
import { ulidTime } from "#blocks/block/ulid";
import { META_FILE } from "#blocks/bucket/directories";
import type { ByStream } from "#blocks/groups/by-stream";
import { compareUlids } from "#blocks/groups/duplicate-filter";
import { oncePer } from "#blocks/once";

const SHIPPED = new Set(["sidecar", "receive", "ruler"]);

/** The in-order heads that a shipper uploaded, by their creation, by the `labelsId` of their stream; marked ones too. */
export function shippedHeads(byStream: ByStream): ByStream {
  return new Map(
    byStream
      .entries()
      .map(([id, blocks]) => [id, headsIn(blocks)] as const)
      .filter(([, heads]) => heads.length > 0),
  );
}

const headsIn = oncePer((blocks: readonly ReadableBlock[]) =>
  blocks
    .filter(
      ({ meta }) => meta.level <= 1 && meta.resolution === 0 && meta.hints.length === 0 && SHIPPED.has(meta.source),
    )
    .sort(compareUlids),
);

/** When a head was there: by its producer's clock, or where Thanos before 0.40 wrote none by the store's; undefined where the store tells none. */
export function shippedAt({ meta, files }: ReadableBlock): number | undefined {
  return meta.uploadTime ?? files.get(META_FILE)?.lastModified;
}

export function createdAfter(from: number): (block: ReadableBlock) => boolean {
  return ({ ulid }) => ulidTime(ulid) > from;
}
