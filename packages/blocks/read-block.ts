import type { Block, MetaState, RefusedMark } from "#blocks/block";
import type { Cached, IndexedBlock } from "#blocks/block-index";
import type { Bucket } from "#blocks/bucket";
import { type BlockDirectory, foldListing, type ListedFile, META_FILE } from "#blocks/directories";
import {
  DELETION_MARK,
  MARK_MAX_BYTES,
  type Mark,
  NO_COMPACT_MARK,
  NO_DOWNSAMPLE_MARK,
  parseDeletionMark,
  parseNoCompactMark,
  parseNoDownsampleMark,
  refusedVersion,
} from "#blocks/marks";
import { META_MAX_BYTES, parseMeta } from "#blocks/meta";
import { isArchived } from "#blocks/storage-class";
import { RetryableError, TerminalError } from "#fleet/errors";

const LISTINGS_BEFORE_DOUBT = 3;

export interface BlockReading {
  readonly block: Block;
  /** For the index; null when nothing of the block is worth keeping. */
  readonly entry: IndexedBlock | null;
}

/**
 * Reads the small JSON files of a listed block, as far as the index does not know them by their etag. Undefined when the
 * block was deleted since it was listed. Bad content becomes part of the block; only the store's own errors are thrown.
 */
export async function readBlock(
  bucket: Bucket,
  listed: BlockDirectory,
  known: IndexedBlock | undefined,
): Promise<BlockReading | undefined> {
  let directory = listed;
  for (let attempt = 1; attempt <= LISTINGS_BEFORE_DOUBT; attempt += 1) {
    const meta = await readMeta(bucket, directory, known?.meta);
    if (meta !== "vanished") return withMarks(bucket, directory, { known, meta });
    const again = await listBlock(bucket, listed.ulid);
    // Thanos deletes meta.json first. What is left of the directory is being deleted this moment, and no partial upload.
    if (again?.files.get(META_FILE) === undefined) return undefined;
    directory = again;
  }
  throw new RetryableError(`${bucket.url}: ${listed.ulid}/${META_FILE} is listed and cannot be found`, {
    reason: "store-contradicts-itself",
    remedy: "Look at the store: its listing and its objects differ. Nothing was judged.",
  });
}

/** The directory of one block as it is now; undefined when nothing is there. */
export async function listBlock(bucket: Bucket, ulid: string): Promise<BlockDirectory | undefined> {
  const { directories } = await foldListing(bucket.list({ prefix: `${ulid}/` }));
  return directories.find((directory) => directory.ulid === ulid);
}

async function withMarks(
  bucket: Bucket,
  { ulid, files }: BlockDirectory,
  { known, meta }: { readonly known: IndexedBlock | undefined; readonly meta: Cached<MetaState> | null },
): Promise<BlockReading> {
  const [deletion, noCompact, noDownsample] = await Promise.all([
    readMark(bucket, markOf(DELETION_MARK, parseDeletionMark, known?.deletionMark)),
    readMark(bucket, markOf(NO_COMPACT_MARK, parseNoCompactMark, known?.noCompactMark)),
    readMark(bucket, markOf(NO_DOWNSAMPLE_MARK, parseNoDownsampleMark, known?.noDownsampleMark)),
  ]);
  function markOf(name: string, parse: MarkSource["parse"], cached: MarkSource["known"]): MarkSource {
    return { ulid, name, file: files.get(name), parse, known: cached };
  }
  const marks = {
    deletionMark: deletion.cached,
    noCompactMark: noCompact.cached,
    noDownsampleMark: noDownsample.cached,
  };
  const block: Block = {
    ulid,
    files,
    state: meta?.value ?? { kind: "absent" },
    deletionMark: marks.deletionMark?.value ?? undefined,
    noCompactMark: marks.noCompactMark?.value ?? undefined,
    noDownsampleMark: marks.noDownsampleMark?.value ?? undefined,
    refusedMarks: [deletion, noCompact, noDownsample].flatMap(({ refused }) => refused),
  };
  const kept = { meta: meta?.value.kind === "archived" ? null : meta, ...marks };
  const isKnown = Object.values(kept).some((cached) => cached !== null);
  return { block, entry: isKnown ? { ulid, ...kept } : null };
}

async function readMeta(
  bucket: Bucket,
  { ulid, files }: BlockDirectory,
  known: Cached<MetaState> | null | undefined,
): Promise<Cached<MetaState> | null | "vanished"> {
  const file = files.get(META_FILE);
  if (file === undefined) return null;
  // A bad one is read again each time: the next version of this parser may understand it.
  if (isFresh(known, file) && known.value.kind === "ok") return known;
  if (file.size > META_MAX_BYTES) {
    const remedy = `expected at most ${META_MAX_BYTES} bytes`;
    const problems = [{ field: "(size)", value: file.size, remedy }];
    return { etag: file.etag, value: { kind: "corrupt", problems, effect: "partial" } };
  }
  const bytes = await readable(bucket, { key: `${ulid}/${META_FILE}`, file, maxBytes: META_MAX_BYTES });
  if (bytes === undefined) return "vanished";
  if (bytes === "archived") return { etag: file.etag, value: { kind: "archived" } };
  const parsed = parseMeta(bytes, ulid);
  const value: MetaState = parsed.ok
    ? { kind: "ok", meta: parsed.value }
    : { kind: "corrupt", problems: parsed.problems, effect: parsed.effect };
  return { etag: file.etag, value };
}

interface MarkSource {
  readonly ulid: string;
  readonly name: string;
  readonly file: ListedFile | undefined;
  readonly parse: (bytes: Uint8Array) => Mark | undefined;
  readonly known: Cached<Mark | null> | null | undefined;
}

interface MarkReading {
  readonly cached: Cached<Mark | null> | null;
  readonly refused: readonly RefusedMark[];
}

async function readMark(bucket: Bucket, { ulid, name, file, parse, known }: MarkSource): Promise<MarkReading> {
  if (file === undefined) return { cached: null, refused: [] };
  // A bad one is read again each time, as a bad meta.json is.
  if (isFresh(known, file) && known.value !== null) return { cached: known, refused: [] };
  if (file.size > MARK_MAX_BYTES) return { cached: { etag: file.etag, value: null }, refused: [] };
  const bytes = await readable(bucket, { key: `${ulid}/${name}`, file, maxBytes: MARK_MAX_BYTES });
  if (bytes === undefined || bytes === "archived") return { cached: null, refused: [] };
  const value = parse(bytes) ?? null;
  const version = value === null ? refusedVersion(bytes) : undefined;
  return { cached: { etag: file.etag, value }, refused: version === undefined ? [] : [{ file: name, version }] };
}

/** The content, unless it must be restored first: the archive tiers of Intelligent-Tiering are in no listing. */
async function readable(
  bucket: Bucket,
  { key, file, maxBytes }: { readonly key: string; readonly file: ListedFile; readonly maxBytes: number },
): Promise<Uint8Array | "archived" | undefined> {
  if (isArchived(file.storageClass)) return "archived";
  try {
    return await bucket.get(key, maxBytes);
  } catch (error) {
    if (error instanceof TerminalError && error.reason === "s3-archived") return "archived";
    throw error;
  }
}

// A store without etags cannot say that an object is still the same.
function isFresh<T>(known: Cached<T> | null | undefined, file: ListedFile): known is Cached<T> {
  return known !== null && known !== undefined && file.etag !== "" && known.etag === file.etag;
}
