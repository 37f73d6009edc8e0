import * as v from "valibot";
import { parseJson, readJson, struct } from "#blocks/block/json";
import { isUlid } from "#blocks/block/ulid";
import { type Beside, NOTHING_BESIDE } from "#blocks/bucket/beside";
import { type IncompleteUpload, type ObjectStore, UNCHANGED } from "#blocks/bucket/bucket";
import { bucketId } from "#blocks/bucket/bucket-id";
import { FOREIGN_KINDS } from "#blocks/bucket/foreign";
import { HEADER_PARTS, type WrongHeader } from "#blocks/bucket/headers";

const BLOCK_INDEX_VERSION = 3;

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Bound = v.pipe(
  v.string(),
  v.check((text) => text === "" || isUlid(text)),
);
const Foreign = struct({
  kind: v.picklist(FOREIGN_KINDS),
  objects: Count,
  bytes: Count,
  newest: v.number(),
  examples: v.array(v.string()),
});
const BesideSchema = struct({ objects: Count, bytes: Count, foreign: v.array(Foreign) });
const StretchSchema = struct({ from: v.string(), to: v.nullable(v.string()) });
/** Of a listing that is under way. */
export const ProgressSchema = struct({
  startedAt: v.number(),
  after: v.string(),
  counted: v.optional(v.string(), ""),
  beside: BesideSchema,
  missed: Count,
  stretches: v.optional(v.nullable(v.array(StretchSchema)), null),
});
const Root = struct({
  schemaVersion: v.literal(BLOCK_INDEX_VERSION),
  url: v.string(),
  shards: v.pipe(
    v.array(struct({ from: Bound, slot: Count })),
    v.check((shards) => areInOrder(shards)),
  ),
  slots: Count,
  listedAt: v.nullable(v.number()),
  fullAt: v.nullable(v.number()),
  beside: BesideSchema,
  uploads: v.nullable(v.array(struct({ key: v.string(), initiated: v.number() }))),
  headers: v.nullable(
    v.array(
      v.tuple([v.string(), v.array(struct({ path: v.string(), part: v.picklist(HEADER_PARTS), found: v.string() }))]),
    ),
  ),
  missed: v.nullable(Count),
  missedByTails: v.optional(Count, 0),
  blocks: v.optional(Count, 0),
  progress: v.nullable(ProgressSchema),
});

/** Where the blocks of a range are stored: from here up to the next shard's. */
export interface ShardRef {
  /** A ULID; empty for the first. */
  readonly from: string;
  readonly slot: number;
}

/** A full listing that is not at its end. */
export interface Progress {
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt: number;
  /** Objects after this key are still to be listed. */
  readonly after: string;
  /** Blocks before this one are in `missed`: they are counted before they are written, which makes them known. */
  readonly counted: string;
  readonly beside: Beside;
  readonly missed: number;
  /** What is after `after`, where several invocations list it at a time; each keeps its own progress. */
  readonly stretches: readonly Stretch[] | null;
}

/** A part of a bucket: keys from `from` on, up to `to` or the end. */
export interface Stretch {
  readonly from: string;
  readonly to: string | null;
}

/** What is known of the index as a whole. Events change shards only; listings change this. */
export interface IndexRoot {
  /** In order; the first is from the empty ULID. */
  readonly shards: readonly ShardRef[];
  /** One above the greatest number of a slot that was ever used. */
  readonly slots: number;
  /** Start of the last listing, full or tail, that reached its end; null before the first. */
  readonly listedAt: number | null;
  /** Start of the last full one. */
  readonly fullAt: number | null;
  /** As the last full listing found it. */
  readonly beside: Beside;
  /** Multipart uploads that had not ended then; null where the store did not tell. */
  readonly uploads: readonly IncompleteUpload[] | null;
  /** Files of sampled blocks that were not of their format then, by ULID; null where none were looked into. */
  readonly headers: readonly (readonly [string, readonly WrongHeader[]])[] | null;
  /** Blocks of which events had not told, from one full listing to the next; null where the last was the first. */
  readonly missed: number | null;
  /** Those that listings of the tail, and what was read of full ones that were stopped for good, have found since then. */
  readonly missedByTails: number;
  /** How many, when this was written. */
  readonly blocks: number;
  readonly progress: Progress | null;
}

export interface StoredRoot {
  readonly root: IndexRoot;
  /** What a write replaces; null when there is none. */
  readonly version: string | null;
}

const NEW_ROOT: IndexRoot = {
  shards: [{ from: "", slot: 0 }],
  slots: 1,
  listedAt: null,
  fullAt: null,
  beside: NOTHING_BESIDE,
  uploads: null,
  headers: null,
  missed: null,
  missedByTails: 0,
  blocks: 0,
  progress: null,
};
const NONE: StoredRoot = { root: NEW_ROOT, version: null };

/** Where the index of a bucket is kept. */
export function blockIndexKey(url: string): string {
  return `${folderOf(url)}.json`;
}

export function shardKey(url: string, slot: number): string {
  return `${folderOf(url)}/${String(slot).padStart(4, "0")}.bin`;
}

/** Where a stretch of a listing keeps how far it is. */
export function stretchKey(url: string, nth: number): string {
  return `${folderOf(url)}/stretch-${String(nth).padStart(2, "0")}.json`;
}

function folderOf(url: string): string {
  return `block-index/${bucketId(url)}`;
}

/**
 * One that cannot be read, or is of another version or bucket, counts as none: the index is a cache. `known` is what the caller
 * has of it, and is not sent again.
 */
export async function loadRoot(store: ObjectStore, url: string, known?: StoredRoot): Promise<StoredRoot> {
  const [key, version] = [blockIndexKey(url), known?.version ?? null];
  const stored = await (version === null ? store.read(key) : store.readUnless(key, version));
  if (stored === UNCHANGED) return known ?? NONE;
  if (stored === undefined) return NONE;
  const parsed = parseJson(Root, readJson(stored.bytes));
  if (!parsed.ok || parsed.value.url !== url) return { root: NEW_ROOT, version: stored.version };
  const { schemaVersion: _, url: __, ...root } = parsed.value;
  return { root, version: stored.version };
}

/** Throws ConflictError when somebody else was faster. */
export async function saveRoot(store: ObjectStore, url: string, { root, version }: StoredRoot): Promise<StoredRoot> {
  const text = JSON.stringify({ schemaVersion: BLOCK_INDEX_VERSION, url, ...root });
  return { root, version: await store.write(blockIndexKey(url), text, version) };
}

/** Slots that no shard is in, unused ones last. */
export function freeSlots({ shards, slots }: Pick<IndexRoot, "shards" | "slots">, count: number): readonly number[] {
  const taken = new Set(shards.map(({ slot }) => slot));
  const free = Array.from({ length: slots + count }, (_, slot) => slot).filter((slot) => !taken.has(slot));
  return free.slice(0, count);
}

/** Where the shard at this place ends: a ULID, or null for the last. */
export function endOf(shards: readonly ShardRef[], place: number): string | null {
  return shards[place + 1]?.from ?? null;
}

/** Of the shard that this ULID belongs to. */
export function placeOf(shards: readonly ShardRef[], ulid: string): number {
  return shards.findLastIndex(({ from }) => from <= ulid);
}

function areInOrder(shards: readonly ShardRef[]): boolean {
  if (shards[0]?.from !== "") return false;
  return shards.every(({ from }, place) => place === 0 || from > (shards[place - 1]?.from ?? ""));
}
