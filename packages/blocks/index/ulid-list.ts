import { packTime, packUlid, ULID_PACKED, ulidTime, unpackUlid } from "#blocks/block/ulid";
import { type ByteReader, ByteWriter } from "#blocks/index/bytes";

/** Heads are cut by this grid: what is left of their times beside it is small. */
const GRID_MS = 2 * 3_600_000;
const TIME_BYTES = 6;
const RANDOM_BYTES = ULID_PACKED - TIME_BYTES;

/**
 * Gives ULIDs numbers from 0 on, and writes each once: its time by the grid and beside it, both as differences to the one
 * before, and its random bytes as they are.
 */
export class UlidListWriter {
  readonly #grid = new ByteWriter();
  readonly #beside = new ByteWriter();
  readonly #random = new ByteWriter();
  readonly #numbers = new Map<string, number>();
  readonly #packed = Buffer.allocUnsafe(ULID_PACKED);
  #lastTime = 0;

  numberOf(ulid: string): number {
    const known = this.#numbers.get(ulid);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(ulid, number);
    const time = ulidTime(ulid);
    this.#grid.int(Math.floor(time / GRID_MS) - Math.floor(this.#lastTime / GRID_MS));
    this.#beside.int((time % GRID_MS) - (this.#lastTime % GRID_MS));
    this.#lastTime = time;
    packUlid(ulid, this.#packed, 0);
    this.#random.raw(this.#packed.subarray(TIME_BYTES));
    return number;
  }

  writeTo(writer: ByteWriter): void {
    writer.uint(this.#numbers.size);
    writer.raw(this.#grid.bytes());
    writer.raw(this.#beside.bytes());
    writer.raw(this.#random.bytes());
  }
}

/** ULIDs by their numbers, packed one after another. */
export class UlidList {
  readonly length: number;
  readonly #packed: Buffer;

  /** Throws RangeError for what no UlidListWriter wrote. */
  constructor(reader: ByteReader) {
    this.length = reader.count();
    this.#packed = Buffer.allocUnsafeSlow(this.length * ULID_PACKED);
    const packed = this.#packed;
    const times = new Float64Array(this.length);
    let [cell, beside] = [0, 0];
    for (let number = 0; number < this.length; number += 1) {
      cell += reader.int();
      times[number] = cell * GRID_MS;
    }
    for (let number = 0; number < this.length; number += 1) {
      beside += reader.int();
      packTime((times[number] ?? 0) + beside, packed, number * ULID_PACKED);
    }
    const random = reader.raw(this.length * RANDOM_BYTES);
    for (let from = 0, to = TIME_BYTES; from < random.length; from += RANDOM_BYTES, to += ULID_PACKED) {
      for (let byte = 0; byte < RANDOM_BYTES; byte += 1) packed[to + byte] = random[from + byte] ?? 0;
    }
  }

  at(number: number): string {
    return unpackUlid(this.#packed, number * ULID_PACKED);
  }

  /** Without a copy. */
  packed(first: number, length: number): Buffer {
    return this.#packed.subarray(first * ULID_PACKED, (first + length) * ULID_PACKED);
  }
}
