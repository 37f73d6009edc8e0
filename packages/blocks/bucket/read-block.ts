import type { Block, ListedFile, MetaState, RefusedMark } from "#blocks/block/block";
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
} from "#blocks/block/marks";
import { META_MAX_BYTES, parseMeta } from "#blocks/block/meta";
import { isArchived } from "#blocks/block/storage-class";
import type { Bucket } from "#blocks/bucket/bucket";
import { type BlockDirectory, foldEntries, META_FILE } from "#blocks/bucket/directories";
import { RetryableError, TerminalError } from "#fleet/errors";

const LISTINGS_BEFORE_DOUBT = 3;

/**
 * Reads the small JSON files of a listed block, as far as they are not known by their etag from an earlier look. Undefined
 * when the block was deleted since it was listed. Bad content becomes part of the block; only the store's own errors are thrown.
 */
export async function readBlock(
  bucket: Bucket,
  listed: BlockDirectory,
  known: Block | undefined,
): Promise<Block | undefined> {
  let directory = listed;
  for (let attempt = 1; attempt <= LISTINGS_BEFORE_DOUBT; attempt += 1) {
    const state = await readMeta(bucket, directory, known);
    if (state !== "vanished") return withMarks(bucket, directory, { known, state });
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
  const pages = await Array.fromAsync(bucket.list({ prefix: `${ulid}/` }));
  return foldEntries(pages.flat()).directories.find((directory) => directory.ulid === ulid);
}

async function withMarks(
  bucket: Bucket,
  { ulid, files }: BlockDirectory,
  { known, state }: { readonly known: Block | undefined; readonly state: MetaState },
): Promise<Block> {
  const [deletion, noCompact, noDownsample] = await Promise.all([
    readMark(bucket, markOf(DELETION_MARK, parseDeletionMark, known?.deletionMark)),
    readMark(bucket, markOf(NO_COMPACT_MARK, parseNoCompactMark, known?.noCompactMark)),
    readMark(bucket, markOf(NO_DOWNSAMPLE_MARK, parseNoDownsampleMark, known?.noDownsampleMark)),
  ]);
  function markOf(name: string, parse: MarkSource["parse"], value: Mark | undefined): MarkSource {
    const isFresh = files.has(name) && isSame(known?.files.get(name), files.get(name));
    return { ulid, name, file: files.get(name), parse, known: isFresh ? value : undefined };
  }
  return {
    ulid,
    files,
    state,
    deletionMark: deletion.mark,
    noCompactMark: noCompact.mark,
    noDownsampleMark: noDownsample.mark,
    refusedMarks: [deletion, noCompact, noDownsample].flatMap(({ refused }) => refused),
  };
}

async function readMeta(
  bucket: Bucket,
  { ulid, files }: BlockDirectory,
  known: Block | undefined,
): Promise<MetaState | "vanished"> {
  const file = files.get(META_FILE);
  if (file === undefined) return ABSENT;
  // A bad one is read again each time: the next version of this parser may understand it.
  if (known?.state.kind === "ok" && isSame(known.files.get(META_FILE), file)) return known.state;
  if (file.size > META_MAX_BYTES) {
    const remedy = `expected at most ${META_MAX_BYTES} bytes`;
    const problems = [{ field: "(size)", value: file.size, remedy }];
    return { kind: "corrupt", problems, effect: "partial" };
  }
  const bytes = await readable(bucket, { key: `${ulid}/${META_FILE}`, file, maxBytes: META_MAX_BYTES });
  if (bytes === undefined) return "vanished";
  if (bytes === "archived") return ARCHIVED;
  const parsed = parseMeta(bytes, ulid);
  return parsed.ok
    ? { kind: "ok", meta: parsed.value }
    : { kind: "corrupt", problems: parsed.problems, effect: parsed.effect };
}

const ABSENT: MetaState = { kind: "absent" };
const ARCHIVED: MetaState = { kind: "archived" };

interface MarkSource {
  readonly ulid: string;
  readonly name: string;
  readonly file: ListedFile | undefined;
  readonly parse: (bytes: Uint8Array) => Mark | undefined;
  readonly known: Mark | undefined;
}

interface MarkReading {
  /** Undefined when there is none, or when it cannot be read. */
  readonly mark: Mark | undefined;
  readonly refused: readonly RefusedMark[];
}

async function readMark(bucket: Bucket, { ulid, name, file, parse, known }: MarkSource): Promise<MarkReading> {
  // A bad one is read again each time, as a bad meta.json is.
  if (file === undefined || known !== undefined) return { mark: known, refused: [] };
  if (file.size > MARK_MAX_BYTES) return { mark: undefined, refused: [] };
  const bytes = await readable(bucket, { key: `${ulid}/${name}`, file, maxBytes: MARK_MAX_BYTES });
  if (bytes === undefined || bytes === "archived") return { mark: undefined, refused: [] };
  const mark = parse(bytes);
  const version = mark === undefined ? refusedVersion(bytes) : undefined;
  return { mark, refused: version === undefined ? [] : [{ file: name, version }] };
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
function isSame(known: ListedFile | undefined, file: ListedFile | undefined): boolean {
  return known !== undefined && known.etag !== "" && known.etag === file?.etag;
}
