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

/** Whether the block is long enough to be downsampled: 40 h of raw samples, 10 d of 5 m. */
export function isLongEnough({ minTime, maxTime, resolution }: Omit<Facts, "sources">): boolean {
  return maxTime - minTime >= (SHORTEST.get(resolution) ?? Number.POSITIVE_INFINITY);
}

/**
 * The blocks that the compactor downsamples next (thanos cmd/thanos/downsample.go): long enough, and with a source that no
 * block of the next resolution has. It looks for that among the blocks of all streams, not only of its own.
 */
export function toDownsample<B extends { readonly meta: Facts }>(blocks: readonly B[]): readonly B[] {
  const done = new Map<Resolution, Set<string>>();
  for (const { meta } of blocks) {
    const sources = done.get(meta.resolution) ?? new Set();
    done.set(meta.resolution, sources);
    for (const source of meta.sources) sources.add(source);
  }
  return blocks.filter(({ meta }) => {
    const next = nextResolution(meta.resolution);
    if (next === undefined || !isLongEnough(meta)) return false;
    const sources = done.get(next);
    return meta.sources.some((source) => !sources?.has(source));
  });
}
