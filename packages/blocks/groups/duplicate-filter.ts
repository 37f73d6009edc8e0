import type { ReadableBlock } from "#blocks/block/block";
import { holdsAll, sourceTimes } from "#blocks/block/sources";

/** Below so many blocks pairs are compared sooner than an index is made. */
const FEW = 16;

/**
 * Thanos's deduplication (pkg/block/fetcher.go, DefaultDeduplicateFilter): a block whose sources are all among those of
 * a block that is kept is hidden. Thanos compares every pair; here only blocks are looked at together whose sources
 * can be the same ones by their first and last.
 */
export function withoutDuplicates(blocks: readonly ReadableBlock[]): ReadableBlock[] {
  if (blocks.length < 2) return [...blocks];
  const sets = spanning(blocks);
  return sets.length === 0 ? blocks.toSorted(compareUlids).slice(0, 1) : sets.flatMap(keptOf);
}

/** The blocks that have sources, in sets of which none has a time of its sources between those of another. */
function spanning(blocks: readonly ReadableBlock[]): readonly (readonly ReadableBlock[])[] {
  const sets: ReadableBlock[][] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const { block, from, to } of spansOf(blocks).sort((a, b) => a.from - b.from)) {
    const last = sets.at(-1);
    if (last === undefined || from > reach) sets.push([block]);
    else last.push(block);
    if (to > reach) reach = to;
  }
  return sets;
}

interface Span {
  readonly block: ReadableBlock;
  /** Times of its sources, ms. */
  readonly from: number;
  readonly to: number;
}

function spansOf(blocks: readonly ReadableBlock[]): Span[] {
  const spans: Span[] = [];
  for (const block of blocks) {
    const times = sourceTimes(block.meta.sources);
    if (times !== undefined) spans.push({ block, from: times.from, to: times.to });
  }
  return spans;
}

function keptOf(blocks: readonly ReadableBlock[]): readonly ReadableBlock[] {
  if (blocks.length < 2) return blocks;
  const inOrder = blocks.toSorted(mostSourcesFirst);
  return blocks.length < FEW ? byPairs(inOrder) : byIndex(inOrder);
}

function byPairs(blocks: readonly ReadableBlock[]): readonly ReadableBlock[] {
  const kept: ReadableBlock[] = [];
  for (const block of blocks) {
    if (!kept.some(({ meta }) => holdsAll(meta.sources, block.meta.sources))) kept.push(block);
  }
  return kept;
}

/** By the blocks that hold the rarest of its sources: those of a common one can be very many. */
function byIndex(blocks: readonly ReadableBlock[]): readonly ReadableBlock[] {
  const bySource = new Map<string, ReadonlySet<string>[]>();
  const kept: ReadableBlock[] = [];
  for (const block of blocks) {
    const own = new Set(block.meta.sources);
    if (fewestHolders(own, bySource).some((holder) => own.isSubsetOf(holder))) continue;
    kept.push(block);
    for (const source of own) {
      const holders = bySource.get(source);
      if (holders === undefined) bySource.set(source, [own]);
      else holders.push(own);
    }
  }
  return kept;
}

function fewestHolders<H>(sources: ReadonlySet<string>, bySource: ReadonlyMap<string, readonly H[]>): readonly H[] {
  let fewest: readonly H[] | undefined;
  for (const source of sources) {
    const holders = bySource.get(source);
    if (holders === undefined) return [];
    if (fewest === undefined || holders.length < fewest.length) fewest = holders;
  }
  return fewest ?? [];
}

function mostSourcesFirst(a: ReadableBlock, b: ReadableBlock): number {
  return b.meta.sources.length - a.meta.sources.length || compareUlids(a, b);
}

export function compareUlids(a: Pick<ReadableBlock, "ulid">, b: Pick<ReadableBlock, "ulid">): number {
  return a.ulid < b.ulid ? -1 : Number(a.ulid > b.ulid);
}
