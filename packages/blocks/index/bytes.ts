const FIRST_SIZE = 64 * 1024;
/** Up to it a number can be shifted and masked. */
const SHIFTABLE = 2 ** 31;

/** Appends numbers, texts and bytes to a buffer that grows. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;

  /** An integer from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  uint(value: number): void {
    this.#grow(8);
    let rest = value;
    while (rest >= SHIFTABLE) {
      this.#buffer[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#buffer[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  /** An integer up to 2^52 either way, the sign in the lowest bit. */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint(size);
    this.#grow(size);
    this.#length += this.#buffer.write(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(by: number): void {
    if (this.#length + by <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#length + by));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Reads what a ByteWriter wrote. Throws RangeError where the bytes end too early, or hold no such number. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  uint(): number {
    const first = this.#buffer[this.#at];
    if (first !== undefined && first < 128) {
      this.#at += 1;
      return first;
    }
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#buffer[this.#at++];
      if (byte === undefined) throw new RangeError("the bytes end within a number");
      if (byte < 128) return value + byte * scale;
      value += (byte & 127) * scale;
    }
    throw new RangeError("a number is too large");
  }

  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A number of things that follow, each of at least a byte. */
  count(): number {
    const count = this.uint();
    if (count > this.#buffer.length - this.#at) throw new RangeError("the bytes end before what they announce");
    return count;
  }

  text(): string {
    return this.raw(this.count()).toString("utf8");
  }

  raw(size: number): Buffer {
    if (size > this.#buffer.length - this.#at) throw new RangeError("the bytes end too early");
    this.#at += size;
    return this.#buffer.subarray(this.#at - size, this.#at);
  }

  rest(): Buffer {
    return this.#buffer.subarray(this.#at);
  }

  isAtEnd(): boolean {
    return this.#at === this.#buffer.length;
  }
}
