import type { ReadableBlock } from "#blocks/block";
import type { BlockMeta, Resolution } from "#blocks/meta";

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
  const done = new Map<Resolution, Set<string>>();
  for (const { meta } of seen) {
    const sources = done.get(meta.resolution) ?? new Set();
    done.set(meta.resolution, sources);
    for (const source of meta.sources) sources.add(source);
  }
  return seen.filter(({ meta }) => {
    const next = nextResolution(meta.resolution);
    if (next === undefined || meta.maxTime - meta.minTime < shortestToDownsample(meta.resolution)) return false;
    const sources = done.get(next);
    return meta.sources.some((source) => !sources?.has(source));
  });
}

/**
 * What Thanos counts as `thanos_compact_todo_downsample_blocks` (pkg/compact/compact.go): the same, but it does not look
 * at no-downsample marks.
 */
export function downsampleBacklog(blocks: readonly Block[]): number {
  return toDownsample(blocks.map(({ meta }) => ({ meta, noDownsampleMark: undefined }))).length;
}
