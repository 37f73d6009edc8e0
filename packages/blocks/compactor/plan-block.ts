import type { ReadableBlock } from "#blocks/block/block";
import type { Resolution } from "#blocks/block/meta";
import type { Sources } from "#blocks/block/sources";

const INDEX_FILE = "index";

/** What the planner looks at. Times in ms; [minTime, maxTime). */
export interface PlanBlock {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
  readonly resolution: Resolution;
  readonly sources: Sources;
  readonly samples: number;
  readonly series: number;
  readonly tombstones: number;
  readonly failed: boolean;
  /** Bytes. */
  readonly indexSize: number;
  readonly noCompact: boolean;
}

export function planBlockOf(block: ReadableBlock): PlanBlock {
  const { meta, noCompactMark } = block;
  return {
    ulid: meta.ulid,
    minTime: meta.minTime,
    maxTime: meta.maxTime,
    resolution: meta.resolution,
    sources: meta.sources,
    samples: meta.samples,
    series: meta.series,
    tombstones: meta.tombstones,
    failed: meta.failed,
    indexSize: indexSizeOf(block),
    noCompact: noCompactMark !== undefined,
  };
}

/** As meta.json says, and as the object is where it does not say; 0 where there is none. Bytes. */
export function indexSizeOf({ meta, files }: Pick<ReadableBlock, "meta" | "files">): number {
  for (let at = meta.files.length - 1; at >= 0; at -= 1) {
    const file = meta.files[at];
    if (file?.path !== INDEX_FILE) continue;
    if (file.size !== null && file.size > 0) return file.size;
    break;
  }
  return files.get(INDEX_FILE)?.size ?? 0;
}

/**
 * The block that the compactor makes of these (prometheus tsdb/block.go, CompactBlockMetas), as far as the planner can
 * know it beforehand: without the size of its index. Throws for no blocks.
 */
export function compacted(blocks: readonly PlanBlock[], ulid: string): PlanBlock {
  const [first] = blocks;
  if (first === undefined) throw new RangeError("nothing is made of no blocks");
  return {
    ulid,
    minTime: blocks.reduce((least, { minTime }) => Math.min(least, minTime), first.minTime),
    maxTime: blocks.reduce((most, { maxTime }) => Math.max(most, maxTime), first.maxTime),
    resolution: first.resolution,
    sources: [...new Set(blocks.flatMap(({ sources }) => [...sources]))].sort(),
    samples: blocks.reduce((sum, { samples }) => sum + samples, 0),
    series: 0,
    tombstones: 0,
    failed: false,
    indexSize: 0,
    noCompact: false,
  };
}
