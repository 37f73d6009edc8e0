import type { ReadableBlock } from "#blocks/block/block";
import type { BlockMeta, Resolution } from "#blocks/block/meta";
import { holdsAll } from "#blocks/block/sources";

const HOUR = 3_600_000;
/** Shortest blocks that are downsampled, by their resolution (thanos pkg/compact/downsample/downsample.go), ms. */
const SHORTEST: ReadonlyMap<Resolution, number> = new Map([
  [0, 40 * HOUR],
  [300_000, 240 * HOUR],
]);
const NEXT: ReadonlyMap<Resolution, Resolution> = new Map([
  [0, 300_000],
  [300_000, 3_600_000],
]);

type Facts = Pick<BlockMeta, "minTime" | "maxTime" | "resolution" | "sources">;

/** The resolution that blocks of this one are downsampled to; undefined for the last. */
export function nextResolution(resolution: Resolution): Resolution | undefined {
  return NEXT.get(resolution);
}

/** How long a block has to be to be downsampled, ms: 40 h of raw samples, 10 d of 5 m. */
export function shortestToDownsample(resolution: Resolution): number {
  return SHORTEST.get(resolution) ?? Number.POSITIVE_INFINITY;
}

type Block = { readonly meta: Facts } & Pick<ReadableBlock, "noDownsampleMark">;

/**
 * The blocks that the compactor downsamples next (thanos cmd/thanos/downsample.go): long enough, and with a source that no
 * block of the next resolution has. It looks for that among the blocks of all streams, not only of its own. Blocks with a
 * no-downsample mark do not exist for it, neither as blocks to do nor as done ones.
 */
export function toDownsample<B extends Block>(blocks: readonly B[]): readonly B[] {
  const seen = blocks.filter(({ noDownsampleMark }) => noDownsampleMark === undefined);
  const due = new Set<B>();
  for (const [resolution, next] of NEXT) {
    const long = seen.filter(({ meta }) => meta.resolution === resolution && isLong(meta));
    const made = seen.filter(({ meta }) => meta.resolution === next);
    for (const batch of batchesOf(long.filter(withoutTwin(made)))) {
      const lacking = new Set(batch.flatMap(({ meta }) => [...meta.sources]));
      for (const { meta } of made) for (const source of meta.sources) lacking.delete(source);
      for (const block of batch) if (block.meta.sources.some((source) => lacking.has(source))) due.add(block);
    }
  }
  return seen.filter((block) => due.has(block));
}

function isLong({ minTime, maxTime, resolution }: Facts): boolean {
  return maxTime - minTime >= shortestToDownsample(resolution);
}

/** Makes the function that leaves out what is done as nearly always: by one block that begins with the same source. */
function withoutTwin(made: readonly Block[]): (block: Block) => boolean {
  const byFirst = new Map(made.map(({ meta }) => [meta.sources.at(0), meta.sources]));
  return ({ meta }) => {
    const twin = byFirst.get(meta.sources.at(0));
    return twin === undefined || !holdsAll(twin, meta.sources);
  };
}

/** A set takes 16 million, and a large bucket has more sources. */
const BATCH = 1_000_000;

function batchesOf<B extends Block>(blocks: readonly B[]): readonly (readonly B[])[] {
  const batches: B[][] = [];
  let sources = BATCH;
  for (const block of blocks) {
    if (sources >= BATCH) {
      batches.push([]);
      sources = 0;
    }
    batches.at(-1)?.push(block);
    sources += block.meta.sources.length;
  }
  return batches;
}

/**
 * What Thanos counts as `thanos_compact_todo_downsample_blocks` (pkg/compact/compact.go): the same, but it does not look
 * at no-downsample marks.
 */
export function downsampleBacklog(blocks: readonly Block[]): number {
  return toDownsample(blocks.map(({ meta }) => ({ meta, noDownsampleMark: undefined }))).length;
}
