import type { ReadableBlock } from "#blocks/block";
import { visibleFrom } from "#blocks/filters";
import { type BucketModel, groupKeyFor } from "#blocks/model";

/** Unmarked blocks of one group with the same range, level, sources and stats, by ULID. */
export interface Duplicates {
  readonly groupKey: string;
  readonly blocks: readonly [ReadableBlock, ReadableBlock, ...ReadableBlock[]];
  /** When the compactor saw the second of them, ms. */
  readonly since: number;
}

/** Exact duplicates (thanos pkg/verifier/duplicated_compaction.go), as far as the compactor sees them. */
export function duplicatesOf(model: BucketModel): readonly Duplicates[] {
  const seen = model.readable.filter(
    (block) => block.deletionMark === undefined && visibleFrom(block, model.settings) <= model.now,
  );
  const alike = Map.groupBy(seen, (block) => identity(block, model));
  return [...alike.values()].flatMap((blocks) => {
    const [first, second, ...more] = blocks.toSorted((a, b) => (a.ulid < b.ulid ? -1 : 1));
    if (first === undefined || second === undefined) return [];
    const [, since = 0] = blocks.map((block) => visibleFrom(block, model.settings)).sort((a, b) => a - b);
    const { resolution, labels } = first.meta;
    return [{ groupKey: groupKeyFor(resolution, labels, model), blocks: [first, second, ...more], since }];
  });
}

function identity({ meta }: ReadableBlock, model: BucketModel): string {
  const { minTime, maxTime, level, samples, series, chunks } = meta;
  const group = groupKeyFor(meta.resolution, meta.labels, model);
  return [group, minTime, maxTime, level, samples, series, chunks, meta.sources.toSorted().join()].join(" ");
}
