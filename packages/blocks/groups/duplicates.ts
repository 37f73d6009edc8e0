import type { ReadableBlock } from "#blocks/block/block";
import type { ByStream } from "#blocks/groups/by-stream";
import { compareUlids } from "#blocks/groups/duplicate-filter";
import { type FilterOptions, groupFamilies, visibleFrom } from "#blocks/groups/filters";
import { oncePer } from "#blocks/once";

/** Unmarked blocks of one group with the same range, level, sources and stats, by ULID. */
export interface Duplicates {
  readonly groupKey: string;
  readonly blocks: readonly [ReadableBlock, ReadableBlock, ...ReadableBlock[]];
  /** When the compactor saw the second of them, ms. */
  readonly since: number;
}

/** Exact duplicates (thanos pkg/verifier/duplicated_compaction.go), as far as the compactor sees them. */
export function duplicatesOf(byStream: ByStream, options: FilterOptions): readonly Duplicates[] {
  const { settings, now, groupKeyOf } = options;
  const found = groupFamilies(byStream, settings).flatMap(({ labels, resolution, blocks }) =>
    equalSetsOf(blocks).flatMap((same): readonly Duplicates[] => {
      const seen = same.filter((block) => visibleFrom(block, settings) <= now);
      const [first, second, ...more] = seen;
      if (first === undefined || second === undefined) return [];
      const [, since = 0] = seen.map((block) => visibleFrom(block, settings)).sort((a, b) => a - b);
      return [{ groupKey: groupKeyOf(resolution, labels), blocks: [first, second, ...more], since }];
    }),
  );
  return found.sort((a, b) => compareUlids(a.blocks[0], b.blocks[0]));
}

/** Few blocks have equal numbers; of those only are the sources compared. By ULID. */
const equalSetsOf = oncePer((blocks: readonly ReadableBlock[]): readonly (readonly ReadableBlock[])[] => {
  const unmarked = blocks.filter(({ deletionMark }) => deletionMark === undefined);
  const alike = [...Map.groupBy(withTwins(unmarked), numbersOf).values()].filter(({ length }) => length > 1);
  return alike
    .flatMap((some) => [...Map.groupBy(some, ({ meta }) => meta.sources.toSorted().join()).values()])
    .filter(({ length }) => length > 1)
    .map((same) => same.toSorted(compareUlids));
});

/** Those that can be equal to another, and few others: of all others a text for each would be made for nothing. */
function withTwins(blocks: readonly ReadableBlock[]): readonly ReadableBlock[] {
  const inOrder = Float64Array.from(blocks, mixed).sort();
  const twice = new Set(inOrder.filter((number, at) => number === inOrder[at - 1]));
  return twice.size === 0 ? [] : blocks.filter((block) => twice.has(mixed(block)));
}

function mixed({ meta: { minTime, maxTime, samples, series, chunks } }: ReadableBlock): number {
  return minTime + 31 * maxTime + 997 * samples + 7919 * series + 17 * chunks;
}

function numbersOf({ meta }: ReadableBlock): string {
  const { minTime, maxTime, level, samples, series, chunks, sources } = meta;
  return `${minTime} ${maxTime} ${level} ${samples} ${series} ${chunks} ${sources.length}`;
}
