import type { ReadableBlock } from "#blocks/block";
import { compareUlids } from "#blocks/duplicate-filter";
import { type FilterOptions, groupLabels, visibleFrom } from "#blocks/filters";

/** Unmarked blocks of one group with the same range, level, sources and stats, by ULID. */
export interface Duplicates {
  readonly groupKey: string;
  readonly blocks: readonly [ReadableBlock, ReadableBlock, ...ReadableBlock[]];
  /** When the compactor saw the second of them, ms. */
  readonly since: number;
}

/** Exact duplicates (thanos pkg/verifier/duplicated_compaction.go), as far as the compactor sees them. */
export function duplicatesOf(blocks: readonly ReadableBlock[], options: FilterOptions): readonly Duplicates[] {
  const { settings, now } = options;
  const seen = blocks.filter((block) => block.deletionMark === undefined && visibleFrom(block, settings) <= now);
  const alike = Map.groupBy(withTwins(seen), (block) => numbersOf(block, options)).values();
  return [...alike].filter(({ length }) => length > 1).flatMap((blocks) => equalSets(blocks, options));
}

/** Those that can be equal to another, and few others: of all others a text for each would be made for nothing. */
function withTwins(blocks: readonly ReadableBlock[]): readonly ReadableBlock[] {
  const inOrder = Float64Array.from(blocks, mixed).sort();
  const twice = new Set(inOrder.filter((number, at) => number === inOrder[at - 1]));
  return twice.size === 0 ? [] : blocks.filter((block) => twice.has(mixed(block)));
}

function mixed({ meta: { minTime, maxTime, samples, series, chunks } }: ReadableBlock): number {
  return minTime + 31 * maxTime + 997 * samples + 7919 * series + 17 * chunks;
}

/** Few blocks have equal numbers; of those only are the sources compared. */
function equalSets(alike: readonly ReadableBlock[], options: FilterOptions): readonly Duplicates[] {
  return [...Map.groupBy(alike, ({ meta }) => meta.sources.toSorted().join()).values()].flatMap((same) => {
    const [first, second, ...more] = same.toSorted(compareUlids);
    if (first === undefined || second === undefined) return [];
    const [, since = 0] = same.map((block) => visibleFrom(block, options.settings)).sort((a, b) => a - b);
    return [{ groupKey: groupKeyOfBlock(first, options), blocks: [first, second, ...more], since }];
  });
}

function groupKeyOfBlock({ meta }: ReadableBlock, { settings, groupKeyOf }: FilterOptions): string {
  return groupKeyOf(meta.resolution, groupLabels(meta.labels, settings.deduplicationReplicaLabels));
}

function numbersOf(block: ReadableBlock, options: FilterOptions): string {
  const { minTime, maxTime, level, samples, series, chunks, sources } = block.meta;
  const numbers = `${minTime} ${maxTime} ${level} ${samples} ${series} ${chunks} ${sources.length}`;
  return `${groupKeyOfBlock(block, options)} ${numbers}`;
}
