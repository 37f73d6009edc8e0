import type { Block } from "#blocks/block/block";
import { ulidTime } from "#blocks/block/ulid";

const HOUR = 3_600_000;
const KIB = 1024;

/**
 * How large shards are, in bytes as estimated. Nearly all events are of blocks of the last days, and each rewrites the shard
 * of its block: those are small. In older ones the raw block and the downsampled ones of two weeks, which have the same
 * sources, should lie together, and the fewer they are the less a tick has to read.
 */
export interface ShardSizes {
  /** Blocks made since so long ago are recent. */
  readonly recentMs: number;
  readonly recent: number;
  readonly old: number;
}

export const SHARD_SIZES: ShardSizes = { recentMs: 96 * HOUR, recent: 256 * KIB, old: 8 * 1024 * KIB };

/** Of an index whose shards several write at a time: none is cut. */
export const FROZEN: ShardSizes = { recentMs: 0, recent: Number.POSITIVE_INFINITY, old: Number.POSITIVE_INFINITY };

/** A shard to be: from a ULID, or empty, up to a ULID, or null for the end. */
export interface Piece {
  readonly from: string;
  readonly to: string | null;
  readonly blocks: readonly Block[];
}

/**
 * Cuts a run of blocks into as many shards as it needs: one as long as it is below twice the size that it should have, else
 * each about of that size. Cuts are at the ULIDs of blocks.
 */
export function cut(piece: Piece, now: number, sizes: ShardSizes): readonly Piece[] {
  const weights = piece.blocks.map(weightOf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total < 2 * sizeOf(piece, now, sizes)) return [piece];
  const bounds: number[] = [];
  let weight = 0;
  for (const [at, { ulid }] of piece.blocks.entries()) {
    if (at > 0 && weight >= (isRecent(ulid, now, sizes) ? sizes.recent : sizes.old)) {
      bounds.push(at);
      weight = 0;
    }
    weight += weights[at] ?? 0;
  }
  return [0, ...bounds].map((from, nth) => ({
    from: from === 0 ? piece.from : (piece.blocks[from]?.ulid ?? piece.from),
    to: bounds[nth] === undefined ? piece.to : (piece.blocks[bounds[nth]]?.ulid ?? piece.to),
    blocks: piece.blocks.slice(from, bounds[nth]),
  }));
}

/** Neighbours that are one shard together, as [first, last] places: together at most of the size that they should have. */
export function mergeable(
  pieces: readonly Piece[],
  now: number,
  sizes: ShardSizes,
): readonly (readonly [number, number])[] {
  const groups: [number, number][] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const [place, piece] of pieces.entries()) {
    const own = piece.blocks.reduce((sum, block) => sum + weightOf(block), 0);
    const group = groups.at(-1);
    weight += own;
    if (group !== undefined && weight <= sizeOf(piece, now, sizes)) group[1] = place;
    else {
      groups.push([place, place]);
      weight = own;
    }
  }
  return groups.filter(([first, last]) => last > first);
}

/** The size that a shard should have: an old one ends before what is recent. */
function sizeOf({ to }: Pick<Piece, "to">, now: number, sizes: ShardSizes): number {
  return to === null || isRecent(to, now, sizes) ? sizes.recent : sizes.old;
}

function isRecent(ulid: string, now: number, { recentMs }: ShardSizes): boolean {
  return ulidTime(ulid) > now - recentMs;
}

/** Bytes that a block takes in a shard, about. Downsampled blocks share their sources with the raw one. */
function weightOf({ files, state }: Block): number {
  const sources =
    state.kind === "ok" && state.meta.level > 1 && state.meta.resolution === 0 ? state.meta.sources.length : 1;
  return 50 + 6 * files.size + 12 * sources;
}

/** Whether a block lies in a part of the bucket. */
export function isIn(ulid: string, { from, to }: Pick<Piece, "from" | "to">): boolean {
  return ulid >= from && (to === null || ulid < to);
}
