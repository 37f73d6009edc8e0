import { createHash } from "node:crypto";
import pMap from "p-map";
import type { Block, ListedFile, ReadableBlock } from "#blocks/block/block";
import { readableBlocks } from "#blocks/block/block";
import { isArchived } from "#blocks/block/storage-class";
import type { Bucket } from "#blocks/bucket/bucket";
import { crc32c } from "#blocks/bucket/crc32c";

// Of prometheus tsdb/index/index.go and tsdb/chunks/chunks.go.
const INDEX_MAGIC = 0xbaaad700;
const INDEX_VERSIONS: readonly number[] = [1, 2];
/** Six offsets of 8 bytes, and their CRC-32C. */
const TOC_BYTES = 52;
const CHUNKS_MAGIC = 0x85bd40dd;
const CHUNKS_VERSION = 1;
const MAGIC_BYTES = 5;

const CONCURRENT_READS = 16;
/** A block of 14 d can have hundreds of chunk files. */
const CHUNK_FILES_READ = 8;

export const HEADER_PARTS = ["magic", "version", "toc"] as const;

/** A file of a block that does not begin, or end, as its format does. */
export interface WrongHeader {
  /** Relative to the block's directory. */
  readonly path: string;
  /** What is wrong: `magic`, `version`, or the table of contents at the end of an index. */
  readonly part: (typeof HEADER_PARTS)[number];
  /** In hexadecimal, as read. */
  readonly found: string;
}

/**
 * Reads the first bytes of the index and of some chunk files, and the table of contents of the index, of a share (0 to 1)
 * of the blocks: always the same blocks for the same share, so that a finding stays until it is mended. Gives what is
 * wrong, by ULID. Files that are missing, archived or of another size than meta.json says are left out.
 */
export async function readHeaders(
  bucket: Pick<Bucket, "getRange">,
  blocks: readonly Block[],
  share: number,
): Promise<ReadonlyMap<string, readonly WrongHeader[]>> {
  const sample = readableBlocks(blocks).filter(({ ulid }) => isInSample(ulid, share));
  const read = await pMap(sample, async (block) => [block.ulid, await wrongHeaders(bucket, block)] as const, {
    concurrency: CONCURRENT_READS,
  });
  return new Map(read.filter(([, wrong]) => wrong.length > 0));
}

/** By a hash, since the ULIDs of a compactor are not spread over time. */
function isInSample(ulid: string, share: number): boolean {
  return createHash("sha256").update(ulid).digest().readUInt32BE() < share * 2 ** 32;
}

async function wrongHeaders(bucket: Pick<Bucket, "getRange">, block: ReadableBlock): Promise<readonly WrongHeader[]> {
  const whole = block.meta.files.flatMap(({ path, size }) => {
    const file = block.files.get(path);
    return file !== undefined && (size ?? file.size) === file.size && !isArchived(file.storageClass)
      ? [{ path, file }]
      : [];
  });
  const chunks = whole.filter(({ path }) => path.startsWith("chunks/")).slice(0, CHUNK_FILES_READ);
  const index = whole.filter(({ path }) => path === "index");
  const found = await Promise.all([
    ...chunks.map(({ path }) =>
      wrongMagic(bucket, block.ulid, { path, magic: CHUNKS_MAGIC, versions: [CHUNKS_VERSION] }),
    ),
    ...index.map(({ path }) => wrongMagic(bucket, block.ulid, { path, magic: INDEX_MAGIC, versions: INDEX_VERSIONS })),
    ...index.map(({ file }) => wrongToc(bucket, block.ulid, file)),
  ]);
  return found.flat();
}

async function wrongMagic(
  bucket: Pick<Bucket, "getRange">,
  ulid: string,
  { path, magic, versions }: { readonly path: string; readonly magic: number; readonly versions: readonly number[] },
): Promise<readonly WrongHeader[]> {
  const bytes = await bucket.getRange(`${ulid}/${path}`, { start: 0, length: MAGIC_BYTES });
  // Deleted since it was listed.
  if (bytes === undefined) return [];
  const found = hex(bytes);
  if (bytes.length < MAGIC_BYTES || viewOf(bytes).getUint32(0) !== magic) return [{ path, part: "magic", found }];
  return versions.includes(bytes[MAGIC_BYTES - 1] ?? 0) ? [] : [{ path, part: "version", found }];
}

async function wrongToc(
  bucket: Pick<Bucket, "getRange">,
  ulid: string,
  { size }: ListedFile,
): Promise<readonly WrongHeader[]> {
  const start = Math.max(0, size - TOC_BYTES);
  const bytes = await bucket.getRange(`${ulid}/index`, { start, length: TOC_BYTES });
  if (bytes === undefined || isToc(bytes, start)) return [];
  return [{ path: "index", part: "toc", found: hex(bytes) }];
}

/** Whether the checksum is right and every section begins before the table itself. */
function isToc(bytes: Uint8Array, start: number): boolean {
  if (bytes.length < TOC_BYTES) return false;
  const view = viewOf(bytes);
  const offsets = [0, 8, 16, 24, 32, 40].map((at) => view.getBigUint64(at));
  return (
    crc32c(bytes.subarray(0, TOC_BYTES - 4)) === view.getUint32(TOC_BYTES - 4) &&
    offsets.every((offset) => offset <= BigInt(start))
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
