import { crc32c } from "#blocks/bucket/crc32c";

const TOC_BYTES = 52;

/** A file of these many bytes that begins so. */
function beginning(magic: number, version: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32BE(magic);
  bytes.writeUInt8(version, 4);
  return bytes;
}

/** A chunk file without chunks. */
export const CHUNKS = beginning(0x85bd40dd, 1, 100);

/** An index without sections, but with its table of contents. */
export const INDEX = (() => {
  const index = beginning(0xbaaad700, 2, 5 + TOC_BYTES);
  index.writeUInt32BE(crc32c(index.subarray(5, 5 + TOC_BYTES - 4)), 5 + TOC_BYTES - 4);
  return index;
})();
