const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
/** Of an index entry, bytes. */
const SERIES_UNIT = 16;
const CHUNK_REF = 8;

/**
 * The data files of a block with one series and one sample, at `time` (ms), or with none, as Prometheus writes them
 * (tsdb/docs/format).
 */
export function tinyBlockFiles(time: number | undefined): { readonly chunks: Buffer; readonly index: Buffer } {
  const header = Buffer.from([0x85, 0xbd, 0x40, 0xdd, 1, 0, 0, 0]);
  return {
    chunks: time === undefined ? header : Buffer.concat([header, chunk(time)]),
    index: indexFile(time === undefined ? undefined : seriesEntry(time)),
  };
}

function chunk(time: number): Buffer {
  // One sample of 1.0: nothing is left to be packed into bits.
  const sample = Buffer.concat([u16(1), varint(time), f64(1)]);
  const data = Buffer.concat([Buffer.from([1]), sample]);
  return Buffer.concat([uvarint(sample.length), data, u32(crc32c(data))]);
}

function seriesEntry(time: number): Buffer {
  const parts = [uvarint(1), uvarint(1), uvarint(2), uvarint(1), varint(time), uvarint(0), uvarint(CHUNK_REF)];
  const content = Buffer.concat(parts);
  return Buffer.concat([uvarint(content.length), content, u32(crc32c(content))]);
}

function indexFile(entry: Buffer | undefined): Buffer {
  const parts: Buffer[] = [];
  const at = () => parts.reduce((sum, { length }) => sum + length, 0);
  const pad = (unit: number) => parts.push(Buffer.alloc((unit - (at() % unit)) % unit));
  const strings = entry === undefined ? [""] : ["", "__name__", "tide"];
  parts.push(Buffer.from([0xba, 0xaa, 0xd7, 0x00, 2]));
  const symbols = at();
  parts.push(section(Buffer.concat([u32(strings.length), ...strings.map(text)])));
  pad(SERIES_UNIT);
  const series = at();
  if (entry !== undefined) parts.push(entry);
  pad(4);
  const postings = at();
  const references = entry === undefined ? [] : [series / SERIES_UNIT];
  // Of all series, and of those with the name.
  const lists = entry === undefined ? [["", ""]] : [["", ""], ["__name__", "tide"]]; // biome-ignore format: pairs
  const list = section(Buffer.concat([references.length, ...references].map(u32)));
  parts.push(...lists.map(() => list));
  const table = at();
  const rows = lists.map((pair, row) =>
    Buffer.concat([uvarint(2), ...pair.map(text), uvarint(postings + row * list.length)]),
  );
  parts.push(section(Buffer.concat([u32(rows.length), ...rows])));
  const contents = Buffer.concat([symbols, series, 0, 0, postings, table].map(u64));
  return Buffer.concat([...parts, contents, u32(crc32c(contents))]);
}

function section(content: Buffer): Buffer {
  return Buffer.concat([u32(content.length), content, u32(crc32c(content))]);
}

function text(value: string): Buffer {
  return Buffer.concat([uvarint(value.length), Buffer.from(value)]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}

function varint(value: number): Buffer {
  return uvarint(value < 0 ? -2 * value - 1 : 2 * value);
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}

function f64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(value);
  return buffer;
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CASTAGNOLI[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
