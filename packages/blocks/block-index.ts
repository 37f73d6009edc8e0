import { createHash } from "node:crypto";
import * as v from "valibot";
import type { MetaState } from "#blocks/block";
import type { ObjectStore } from "#blocks/bucket";
import { CORRUPT_EFFECTS } from "#blocks/go-meta";
import { parseJson, struct } from "#blocks/json";
import type { Labels } from "#blocks/labels";
import type { Mark } from "#blocks/marks";
import { isUlid } from "#blocks/ulid";

const BLOCK_INDEX_VERSION = 2;
const SLUG_CHARS = 60;

/** What was read of a small JSON file, good as long as the listing shows the same etag. */
export interface Cached<T> {
  readonly etag: string;
  readonly value: T;
}

/** What the index holds of one block. */
export interface IndexedBlock {
  readonly ulid: string;
  readonly meta: Cached<MetaState> | null;
  /** The value is null for a mark that cannot be read. */
  readonly deletionMark: Cached<Mark | null> | null;
  readonly noCompactMark: Cached<Mark | null> | null;
  readonly noDownsampleMark: Cached<Mark | null> | null;
}

export interface BlockIndex {
  readonly blocks: ReadonlyMap<string, IndexedBlock>;
  /** Version of the stored object that a write replaces; null when there is none. */
  readonly version: string | null;
}

const Text = v.string();
const Num = v.number();
const Strings = v.array(Text);
const MarkEntry = v.nullable(
  struct({ etag: Text, value: v.nullable(struct({ time: Num, reason: Text, details: Text })) }),
);
const MetaFacts = struct({
  ulid: Text,
  minTime: Num,
  maxTime: Num,
  samples: Num,
  series: Num,
  chunks: Num,
  tombstones: Num,
  level: Num,
  sources: Strings,
  parents: Strings,
  parentGaps: v.array(struct({ from: Num, to: Num })),
  parentsOverlap: v.boolean(),
  rewrittenFrom: Strings,
  failed: v.boolean(),
  hints: Strings,
  labels: v.custom<Labels>((input) => typeof input === "object" && input !== null),
  resolution: v.picklist([0, 300_000, 3_600_000]),
  source: Text,
  files: v.array(struct({ path: Text, size: v.nullable(Num) })),
  uploadTime: v.nullable(Num),
  rewritten: Strings,
});
const State = v.variant("kind", [
  v.object({ kind: v.literal("ok"), meta: MetaFacts }),
  v.object({
    kind: v.literal("corrupt"),
    problems: v.array(v.object({ field: Text, value: v.unknown(), remedy: Text })),
    effect: v.optional(v.picklist(CORRUPT_EFFECTS), "partial"),
  }),
]);
const Entry = struct({
  ulid: v.pipe(Text, v.check(isUlid)),
  meta: v.nullable(struct({ etag: Text, value: State })),
  deletionMark: MarkEntry,
  noCompactMark: MarkEntry,
  noDownsampleMark: v.optional(MarkEntry, null),
});
const Stored = struct({ schemaVersion: v.literal(BLOCK_INDEX_VERSION), url: Text, blocks: v.array(Entry) });

/** Where the index of a bucket is kept: readable, and never shared by two URLs. */
export function blockIndexKey(url: string): string {
  const slug = url.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, SLUG_CHARS);
  return `block-index/${slug}-${createHash("sha256").update(url).digest("hex").slice(0, 12)}.json`;
}

/** Loads the index of a bucket. One that cannot be read, or is of another version or bucket, counts as empty: it is a cache. */
export async function loadBlockIndex(store: ObjectStore, url: string): Promise<BlockIndex> {
  const stored = await store.read(blockIndexKey(url));
  if (stored === undefined) return { blocks: new Map(), version: null };
  return {
    blocks: new Map(indexedBlocks(stored.text, url).map((block) => [block.ulid, block])),
    version: stored.version,
  };
}

/** The entries of an index of this bucket, as it is stored; none where it cannot be read. */
export function indexedBlocks(text: string, url: string): readonly IndexedBlock[] {
  const parsed = parseJson(Stored, Buffer.from(text));
  return parsed.ok && parsed.value.url === url ? parsed.value.blocks : [];
}

/** Writes the index in place of the version that was loaded; throws ConflictError when somebody else was faster. */
export async function saveBlockIndex(
  store: ObjectStore,
  url: string,
  { blocks, version }: { readonly blocks: readonly IndexedBlock[]; readonly version: string | null },
): Promise<void> {
  await store.write(blockIndexKey(url), JSON.stringify({ schemaVersion: BLOCK_INDEX_VERSION, url, blocks }), version);
}

export function sameEntries(a: Iterable<IndexedBlock>, b: Iterable<IndexedBlock>): boolean {
  return JSON.stringify([...a].sort(byUlid)) === JSON.stringify([...b].sort(byUlid));
}

function byUlid(a: IndexedBlock, b: IndexedBlock): number {
  return a.ulid < b.ulid ? -1 : Number(a.ulid > b.ulid);
}
