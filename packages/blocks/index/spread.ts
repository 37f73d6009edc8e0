import { isUlid, ulidOfTime, ulidTime } from "#blocks/block/ulid";
import { isIn, type Piece } from "#blocks/index/arrange";
import { type CommitOptions, replaceShards } from "#blocks/index/commit";
import { blocksOf, type LoadedIndex, type LoadedShard } from "#blocks/index/load";
import type { Stretch } from "#blocks/index/root";
import { saved } from "#blocks/index/saved";

const HOUR = 3_600_000;
/** When a full listing is spread over several invocations, and over how many stretches. */
export interface SpreadSizes {
  /** Blocks. A listing of fewer that has not the time is at a slow store, which more at a time would make slower. */
  readonly least: number;
  readonly stretches: number;
  /**
   * Shards of what nothing is known of. The blocks of the last days are as many as those of months before, and theirs are what
   * events write: one for each hour, and as many of equal time for what is before them.
   */
  readonly recentHours: number;
  readonly oldParts: number;
}

export const SPREAD_SIZES: SpreadSizes = { least: 50_000, stretches: 16, recentHours: 96, oldParts: 128 };

/**
 * Cuts what is left of a full listing that had not the time into stretches, for as many invocations. Each has shards of its
 * own, which nobody cuts or puts together until all are listed. The same index where the rest is too little for that.
 */
export async function spreadRest(
  index: LoadedIndex,
  spread: SpreadSizes,
  options: CommitOptions,
): Promise<LoadedIndex> {
  const { progress, fullAt } = index.root;
  if (progress === null) return index;
  const rest = index.shards.filter(({ to }) => to === null || to > progress.after);
  // Of a bucket that was never listed to its end nothing is known of the rest: what was listed tells that it is large.
  const blocks = blocksOf(fullAt === null ? index : { shards: rest });
  if (blocks.length < spread.least) return index;
  const arranged =
    fullAt === null ? await withBounds(index, boundsAfter(progress.after, options.now, spread), options) : index;
  const stretches = stretchesOf(arranged, progress.after, spread.stretches);
  if (stretches.length < 2) return arranged;
  return saved(arranged, { ...arranged.root, progress: { ...progress, stretches } });
}

function boundsAfter(after: string, now: number, { recentHours, oldParts }: SpreadSizes): readonly string[] {
  if (!isUlid(after)) return [];
  const [begin, recent] = [ulidTime(after), now - recentHours * HOUR];
  const part = (recent - begin) / oldParts;
  const old = part > 0 ? Array.from({ length: oldParts }, (_, nth) => Math.floor(begin + nth * part)) : [];
  const young = Array.from({ length: recentHours }, (_, nth) => recent + nth * HOUR);
  return [...new Set([...old, ...young].map(ulidOfTime))].filter((bound) => bound > after);
}

async function withBounds(index: LoadedIndex, bounds: readonly string[], { bucket }: CommitOptions) {
  let after = index;
  for (const shard of index.shards) {
    const pieces = piecesOf(shard, bounds);
    if (pieces.length > 1) after = await replaceShards(after, bucket, [shard], pieces);
  }
  return after;
}

function piecesOf({ from, to, blocks }: LoadedShard, bounds: readonly string[]): readonly Piece[] {
  const inside = bounds.filter((bound) => bound > from && (to === null || bound < to));
  return [from, ...inside].map((start, nth) => {
    const piece = { from: start, to: inside[nth] ?? to };
    return { ...piece, blocks: (blocks ?? []).filter(({ ulid }) => isIn(ulid, piece)) };
  });
}

/** Neighbouring shards together, each stretch with about as many blocks, or where nothing is known of them as many shards. */
function stretchesOf({ root, shards }: LoadedIndex, after: string, most: number): readonly Stretch[] {
  const rest = shards.filter(({ to }) => to === null || to > after);
  const weights = rest.map(({ blocks }) => 1 + (root.fullAt === null ? 0 : (blocks?.length ?? 0)));
  const share = weights.reduce((sum, weight) => sum + weight, 0) / most;
  const stretches: { from: string; to: string | null; weight: number }[] = [];
  for (const [at, { from, to }] of rest.entries()) {
    const [last, weight] = [stretches.at(-1), weights[at] ?? 0];
    if (last !== undefined && last.weight < share) Object.assign(last, { to, weight: last.weight + weight });
    else stretches.push({ from: from > after ? from : after, to, weight });
  }
  return stretches.map(({ from, to }) => ({ from, to }));
}
