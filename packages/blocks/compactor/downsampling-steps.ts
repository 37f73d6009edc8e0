import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import { holdsAll } from "#blocks/block/sources";
import { nextResolution, shortestToDownsample } from "#blocks/compactor/downsampling";
import type { BlockGroup } from "#blocks/groups/filters";
import { oncePer } from "#blocks/once";

/** One stream of the compactor's at one resolution, and what it is downsampled to. */
export interface DownsamplingStep {
  readonly labels: Labels;
  readonly from: BlockGroup;
  readonly to: Resolution;
  /** The blocks of that resolution under the same labels; none where there is no such group. */
  readonly made: readonly ReadableBlock[];
  /** Shortest blocks that are downsampled, ms. */
  readonly shortest: number;
}

/** Raw to 5 m and 5 m to 1 h, of each label set that has blocks to start from. */
export const downsamplingSteps = oncePer((groups: readonly BlockGroup[]): readonly DownsamplingStep[] => {
  const byStream = new Map<string, Map<Resolution, BlockGroup>>();
  for (const group of groups) {
    const id = labelsId(group.labels);
    const stream = byStream.get(id) ?? new Map<Resolution, BlockGroup>();
    byStream.set(id, stream);
    stream.set(group.resolution, group);
  }
  return [...byStream.values()].flatMap((stream) =>
    [...stream.values()].flatMap((from) => {
      const to = nextResolution(from.resolution);
      return to === undefined ? [] : [stepOf(from, { to, made: stream.get(to)?.blocks ?? NONE })];
    }),
  );
});

const NONE: readonly ReadableBlock[] = [];

const stepOf = oncePer((from: BlockGroup, { to, made }: Pick<DownsamplingStep, "to" | "made">) => ({
  ...{ labels: from.labels, from, to, made, shortest: shortestToDownsample(from.resolution) },
}));

/** Makes the function that gives the sources of a block that the next resolution of its own stream lacks. */
export function undone({ made }: DownsamplingStep): (block: ReadableBlock) => readonly string[] {
  // What comes of a block begins where it does.
  const byBegin = new Map(made.map((block) => [block.meta.minTime, block]));
  let done: ReadonlySet<string> | undefined;
  return ({ meta }) => {
    const own = byBegin.get(meta.minTime);
    if (own !== undefined && holdsAll(own.meta.sources, meta.sources)) return [];
    done ??= new Set(made.flatMap((block) => [...block.meta.sources]));
    const all = done;
    return meta.sources.filter((source) => !all.has(source));
  };
}

/** The blocks that are long enough to be downsampled and are not. */
export const longAndUndone = oncePer((step: DownsamplingStep): readonly ReadableBlock[] => {
  const lacks = undone(step);
  return step.from.blocks.filter((block) => lengthOf(block) >= step.shortest && lacks(block).length > 0);
});

export function lengthOf({ meta }: ReadableBlock): number {
  return meta.maxTime - meta.minTime;
}

/** When the stream's newest block of this resolution ends, ms. */
export function newestEnd(blocks: readonly ReadableBlock[]): number {
  return blocks.reduce((last, { meta }) => Math.max(last, meta.maxTime), Number.NEGATIVE_INFINITY);
}

/** `raw`, `5 m`, `1 h`. */
export function resolutionText(resolution: Resolution): string {
  return { 0: "raw", 300000: "5 m", 3600000: "1 h" }[resolution];
}
