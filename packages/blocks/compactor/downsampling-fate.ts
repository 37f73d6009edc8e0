import type { ReadableBlock } from "#blocks/block/block";
import type { Resolution } from "#blocks/block/meta";
import { nextResolution, shortestToDownsample, toDownsample } from "#blocks/compactor/downsampling";
import type { BucketModel } from "#blocks/model";

/** What downsampling makes of one block. Durations in ms. */
export type DownsamplingFate =
  /** 1 h is the last resolution. */
  | { readonly kind: "last" }
  /** The compactor does not downsample. */
  | { readonly kind: "off" }
  /** It has a no-downsample mark. */
  | { readonly kind: "marked"; readonly to: Resolution; readonly reason: string }
  /** The compactor passes the block over. */
  | { readonly kind: "ignored"; readonly to: Resolution }
  | { readonly kind: "due"; readonly to: Resolution }
  /** All of its sources are there in the next resolution. */
  | { readonly kind: "done"; readonly to: Resolution }
  /** Only what it is compacted into can be long enough. */
  | { readonly kind: "too-short"; readonly to: Resolution; readonly wants: number };

export function downsamplingFate(block: ReadableBlock, { settings, groups }: BucketModel): DownsamplingFate {
  const to = nextResolution(block.meta.resolution);
  if (to === undefined) return { kind: "last" };
  if (!settings.downsampling) return { kind: "off" };
  const { noDownsampleMark } = block;
  if (noDownsampleMark !== undefined) return { kind: "marked", to, reason: noDownsampleMark.reason };
  const live = groups.flatMap(({ blocks }) => blocks);
  if (!live.some(({ ulid }) => ulid === block.ulid)) return { kind: "ignored", to };
  if (toDownsample(live).some(({ ulid }) => ulid === block.ulid)) return { kind: "due", to };
  const wants = shortestToDownsample(block.meta.resolution);
  const isLong = block.meta.maxTime - block.meta.minTime >= wants;
  return isLong || isDone(block, live, to) ? { kind: "done", to } : { kind: "too-short", to, wants };
}

function isDone({ meta }: ReadableBlock, live: readonly ReadableBlock[], to: Resolution): boolean {
  const lacking = new Set(meta.sources);
  for (const other of live)
    if (other.meta.resolution === to) for (const source of other.meta.sources) lacking.delete(source);
  return lacking.size === 0;
}
