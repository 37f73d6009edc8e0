import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Block } from "#blocks/block/block";
import { ByteReader, ByteWriter } from "#blocks/index/bytes";
import { decodeBlocks } from "#blocks/index/decode";
import { encodeBlocks } from "#blocks/index/encode";
import type { Interner } from "#blocks/index/intern";

/** `musterbook block index`, and the version of the format. Another version is rebuilt, not converted. */
const MAGIC = Buffer.from("MBBI3\n");
/** Far above any shard; what is larger is none. */
const LARGEST = 512 * 1024 * 1024;

/**
 * A part of the index: the blocks whose ULIDs lie in [from, to). `from` is a ULID or empty, `to` a ULID, or null for the
 * last part.
 */
export interface Shard {
  readonly from: string;
  readonly to: string | null;
  /** By ULID. */
  readonly blocks: readonly Block[];
}

/** What is stored in place of a shard whose blocks are in others now. */
export const SEALED = "sealed";

/** A shard of this bucket's index as it is stored, compressed and with a checksum. */
export function encodeShard(url: string, shard: Shard | typeof SEALED): Buffer {
  const head = new ByteWriter();
  head.text(url);
  head.uint(shard === SEALED ? 1 : 0);
  if (shard !== SEALED) {
    head.text(shard.from);
    head.text(shard.to ?? "");
    head.raw(encodeBlocks(shard.blocks));
  }
  const params = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 3 };
  return Buffer.concat([MAGIC, zstdCompressSync(head.bytes(), { params })]);
}

/** Undefined where it cannot be read, or is of another version or bucket: the index is a cache. */
export function decodeShard(bytes: Uint8Array, url: string, intern: Interner): Shard | typeof SEALED | undefined {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!stored.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  try {
    return readShard(zstdDecompressSync(stored.subarray(MAGIC.length), { maxOutputLength: LARGEST }), url, intern);
  } catch (error) {
    // Decompression, numbers, JSON and schemas all throw their own; whatever it was, the shard is read from the bucket anew.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function readShard(bytes: Buffer, url: string, intern: Interner): Shard | typeof SEALED | undefined {
  const reader = new ByteReader(bytes);
  if (reader.text() !== url) return undefined;
  if (reader.uint() === 1) return SEALED;
  const [from, to] = [reader.text(), reader.text()];
  return { from, to: to === "" ? null : to, blocks: decodeBlocks(reader.rest(), intern) };
}
