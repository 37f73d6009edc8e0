import { setTimeout as pause } from "node:timers/promises";
import pMap from "p-map";
import type { Block } from "#blocks/block/block";
import type { Bucket } from "#blocks/bucket/bucket";
import { cut, isIn, mergeable, type Piece, type ShardSizes } from "#blocks/index/arrange";
import { lookAgain, readAnew } from "#blocks/index/index-block";
import type { Window } from "#blocks/index/lanes";
import { type LoadedIndex, type LoadedShard, loadShard } from "#blocks/index/load";
import { freeSlots, type IndexRoot, saveRoot, shardKey } from "#blocks/index/root";
import { sameBlock, sameBlocks } from "#blocks/index/same";
import { encodeShard, SEALED } from "#blocks/index/shard";
import type { WindowReading } from "#blocks/index/window";
import { writeShard } from "#blocks/index/write";
import { ConflictError } from "#fleet/errors";

const ATTEMPTS = 6;
const PAUSE_MS = 25;
const CONCURRENT_WRITES = 8;

export interface CommitOptions {
  readonly bucket: Bucket;
  readonly now: number;
  readonly sizes: ShardSizes;
}

/**
 * Puts what was found in a window in place of what the index holds of it: the shards that stay where they are at a time, then one
 * after the other those that are cut. Returns the index as it is then.
 */
export async function commitWindow(
  index: LoadedIndex,
  { window, blocks }: Pick<WindowReading, "window" | "blocks">,
  { bucket, now, sizes }: CommitOptions,
): Promise<LoadedIndex> {
  const planned = index.shards.flatMap((shard) => {
    if (!overlaps(shard, window)) return [];
    const found = blocks.filter(({ ulid }) => isIn(ulid, shard));
    const wanted = replaced(shard.blocks ?? [], window, found);
    const pieces = cut({ from: shard.from, to: shard.to, blocks: wanted }, now, sizes);
    const isChanged = pieces.length > 1 || shard.blocks === null || !sameBlocks(shard.blocks, wanted);
    return isChanged ? [{ shard, window, found, blocks: wanted, pieces }] : [];
  });
  const [staying, growing] = [planned.filter(isOne), planned.filter((one) => !isOne(one))];
  const written = await pMap(staying, (one) => writeFound(index, bucket, one), { concurrency: CONCURRENT_WRITES });
  const bySlot = new Map(written.map((shard) => [shard.slot, shard]));
  let after: LoadedIndex = { ...index, shards: index.shards.map((shard) => bySlot.get(shard.slot) ?? shard) };
  for (const { shard, pieces } of growing) after = await replaceShards(after, bucket, [shard], pieces);
  return after;
}

function isOne({ pieces }: { readonly pieces: readonly Piece[] }): boolean {
  return pieces.length === 1;
}

/** Puts neighbours together that have become small. */
export async function mergeShards(index: LoadedIndex, { bucket, now, sizes }: CommitOptions): Promise<LoadedIndex> {
  const pieces = index.shards.map(({ from, to, blocks }) => ({ from, to, blocks: blocks ?? [] }));
  let after = index;
  for (const [first, last] of mergeable(pieces, now, sizes)) {
    const old = index.shards.slice(first, last + 1);
    const blocks = old.flatMap((shard) => shard.blocks ?? []);
    const whole = { from: old[0]?.from ?? "", to: old.at(-1)?.to ?? null, blocks };
    after = await replaceShards(after, bucket, old, [whole]);
  }
  return after;
}

function overlaps({ from, to }: Window, window: Window): boolean {
  return (window.to === null || from < window.to) && (to === null || to > window.from);
}

function replaced(known: readonly Block[], window: Window, found: readonly Block[]): readonly Block[] {
  return inOrder([...known.filter(({ ulid }) => !isIn(ulid, window)), ...found]);
}

function inOrder(blocks: Block[]): readonly Block[] {
  return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}

interface Found {
  readonly shard: LoadedShard;
  readonly window: Window;
  readonly found: readonly Block[];
  readonly blocks: readonly Block[];
}

/** Where events changed the shard since it was loaded, their blocks are newer than the listing and are read again. */
async function writeFound(index: LoadedIndex, bucket: Bucket, { shard, window, found, blocks }: Found) {
  let [current, wanted] = [shard, blocks];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeShard(index.place, current, wanted);
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      await pause(Math.random() * PAUSE_MS * 2 ** attempt);
      const place = index.root.shards.findIndex(({ slot }) => slot === shard.slot);
      current = await loadShard(index.place, index.root.shards, place);
      if (current.blocks === null) throw error;
      const changed = changedUlids(shard.blocks ?? [], current.blocks);
      const newer = await anew(bucket, current.blocks, changed);
      wanted = inOrder([...replaced(current.blocks, window, found).filter(({ ulid }) => !changed.has(ulid)), ...newer]);
    }
  }
}

function changedUlids(before: readonly Block[], after: readonly Block[]): ReadonlySet<string> {
  const [old, young] = [byUlid(before), byUlid(after)];
  const all = new Set([...old.keys(), ...young.keys()]);
  return new Set([...all].filter((ulid) => !sameBlock(old.get(ulid), young.get(ulid))));
}

async function anew(bucket: Bucket, known: readonly Block[], ulids: ReadonlySet<string>): Promise<readonly Block[]> {
  const before = byUlid(known);
  const read = await pMap(ulids, (ulid) => readAnew(bucket, ulid, before.get(ulid)), { concurrency: 8 });
  return read.flatMap((block) => block ?? []);
}

function byUlid(blocks: readonly Block[]): ReadonlyMap<string, Block> {
  return new Map(blocks.map((block) => [block.ulid, block]));
}

/**
 * Puts shards in place of neighbours. First they are written to slots that nobody reads, then the root changes to them in one
 * write, then the old ones are sealed: an event that still has the root of before finds that its shard has moved, and
 * one that was faster is made up for. A crash in between leaves the one root or the other, and an unused slot.
 */
export async function replaceShards(
  index: LoadedIndex,
  bucket: Bucket,
  old: readonly LoadedShard[],
  pieces: readonly Piece[],
): Promise<LoadedIndex> {
  const slots = freeSlots(index.root, pieces.length);
  const written = await pMap(pieces, (piece, at) => writePiece(index, piece, slots[at] ?? index.root.slots), {
    concurrency: CONCURRENT_WRITES,
  });
  const place = index.shards.findIndex(({ slot }) => slot === old[0]?.slot);
  const shards = index.shards.toSpliced(place, old.length, ...written);
  const root: IndexRoot = {
    ...index.root,
    shards: shards.map(({ from, slot }) => ({ from, slot })),
    slots: Math.max(index.root.slots, ...slots.map((slot) => slot + 1)),
  };
  const stored = await saveRoot(index.place.store, index.place.url, { root, version: index.version });
  for (const shard of old) await seal(index, bucket, shard);
  return { ...index, ...stored, shards };
}

async function writePiece({ place }: LoadedIndex, { from, to, blocks }: Piece, slot: number): Promise<LoadedShard> {
  const before = await place.store.read(shardKey(place.url, slot));
  return writeShard(place, { from, slot, to, blocks: null, version: before?.version ?? null }, blocks);
}

/** What events wrote into it meanwhile is read again into the shards that took its place. */
async function seal(index: LoadedIndex, bucket: Bucket, shard: LoadedShard): Promise<void> {
  const { store, url } = index.place;
  let current = shard;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await store.write(shardKey(url, shard.slot), encodeShard(url, SEALED), current.version);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      const place = index.root.shards.findIndex(({ slot }) => slot === shard.slot);
      current = await loadShard(index.place, index.root.shards, place);
      if (current.blocks === null) return;
      await lookAgain(index.place, bucket, [...changedUlids(shard.blocks ?? [], current.blocks)]);
    }
  }
}
