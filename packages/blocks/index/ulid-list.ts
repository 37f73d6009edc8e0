import { type ByteReader, ByteWriter } from "#blocks/index/bytes";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGIT = new Uint8Array(128);
for (const [digit, char] of [...CROCKFORD].entries()) DIGIT[char.charCodeAt(0)] = digit;
const CHAR = Uint8Array.from(CROCKFORD, (char) => char.charCodeAt(0));

const ULID_CHARS = 26;
const TIME_CHARS = 10;
/** Of five bytes, which are forty bits. */
const GROUP_CHARS = 8;
const PACKED = 16;
const TIME_BYTES = 6;
const RANDOM_BYTES = 10;

/** Gives ULIDs numbers from 0 on, and writes each once: its time as the difference to the one before, its random bytes as they are. */
export class UlidListWriter {
  readonly #times = new ByteWriter();
  readonly #random = new ByteWriter();
  readonly #numbers = new Map<string, number>();
  #lastTime = 0;

  numberOf(ulid: string): number {
    const known = this.#numbers.get(ulid);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(ulid, number);
    const time = digits(ulid, 0, TIME_CHARS);
    this.#times.int(time - this.#lastTime);
    this.#lastTime = time;
    this.#random.raw(randomBytes(ulid));
    return number;
  }

  writeTo(writer: ByteWriter): void {
    writer.uint(this.#numbers.size);
    writer.raw(this.#times.bytes());
    writer.raw(this.#random.bytes());
  }
}

/** ULIDs by their numbers, sixteen bytes each. */
export class UlidList {
  readonly length: number;
  readonly #packed: Buffer;
  readonly #chars = Buffer.allocUnsafe(ULID_CHARS);

  /** Throws RangeError for what no UlidListWriter wrote. */
  constructor(reader: ByteReader) {
    this.length = reader.count();
    this.#packed = Buffer.allocUnsafe(this.length * PACKED);
    let time = 0;
    for (let at = 0; at < this.#packed.length; at += PACKED) {
      time += reader.int();
      this.#packed.writeUIntBE(time, at, TIME_BYTES);
    }
    const random = reader.raw(this.length * RANDOM_BYTES);
    for (let from = 0, to = TIME_BYTES; from < random.length; from += RANDOM_BYTES, to += PACKED) {
      random.copy(this.#packed, to, from, from + RANDOM_BYTES);
    }
  }

  at(number: number): string {
    const from = number * PACKED;
    putDigits(this.#chars, { from: 0, count: TIME_CHARS, value: this.#packed.readUIntBE(from, TIME_BYTES) });
    for (const half of [0, 1]) {
      const value = this.#packed.readUIntBE(from + TIME_BYTES + half * 5, 5);
      putDigits(this.#chars, { from: TIME_CHARS + half * GROUP_CHARS, count: GROUP_CHARS, value });
    }
    return this.#chars.toString("latin1");
  }

  slice(first: number, length: number): string[] {
    return Array.from({ length }, (_, nth) => this.at(first + nth));
  }
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) value = value * 32 + (DIGIT[text.charCodeAt(at)] ?? 0);
  return value;
}

function randomBytes(ulid: string): Buffer {
  const bytes = Buffer.allocUnsafe(RANDOM_BYTES);
  bytes.writeUIntBE(digits(ulid, TIME_CHARS, GROUP_CHARS), 0, 5);
  bytes.writeUIntBE(digits(ulid, TIME_CHARS + GROUP_CHARS, GROUP_CHARS), 5, 5);
  return bytes;
}

interface Digits {
  readonly from: number;
  readonly count: number;
  readonly value: number;
}

function putDigits(chars: Buffer, { from, count, value }: Digits): void {
  let rest = value;
  for (let place = from + count - 1; place >= from; place -= 1) {
    const next = Math.floor(rest / 32);
    chars[place] = CHAR[rest - next * 32] ?? 0;
    rest = next;
  }
}
