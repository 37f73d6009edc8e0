import { packedTime, packUlid, ULID_PACKED, ulidTime, unpackUlid } from "#blocks/block/ulid";

/** Below so many an array is searched faster than a set is made. */
const FEW = 8;

/** ULIDs of heads. What the checks need of an array of them, so that many can be kept in a sixth of its size. */
export interface Sources extends Iterable<string> {
  readonly length: number;
  at(index: number): string | undefined;
  includes(source: string): boolean;
  every(holds: (source: string) => boolean): boolean;
  some(holds: (source: string) => boolean): boolean;
  filter(holds: (source: string) => boolean): string[];
  map<T>(of: (source: string) => T): T[];
  toSorted(): string[];
}

/** Ascending ULIDs without copies, 16 bytes each. Written as JSON it is the array that it stands for. */
class PackedSources implements Sources {
  readonly length: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length / ULID_PACKED;
  }

  at(index: number): string | undefined {
    const place = index < 0 ? index + this.length : index;
    return place >= 0 && place < this.length ? unpackUlid(this.#bytes, place * ULID_PACKED) : undefined;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let place = 0; place < this.length; place += 1) yield unpackUlid(this.#bytes, place * ULID_PACKED);
  }

  /** By halves, and by the times as long as they tell. */
  includes(source: string): boolean {
    const time = ulidTime(source);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const beside = this.timeAt(middle) - time || this.#order(middle, source);
      if (beside === 0) return true;
      if (beside < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }

  #order(place: number, source: string): number {
    const found = unpackUlid(this.#bytes, place * ULID_PACKED);
    return found < source ? -1 : Number(found > source);
  }

  /** Of the ULID at this place, which must be one; ms. */
  timeAt(place: number): number {
    return packedTime(this.#bytes, place * ULID_PACKED);
  }

  every(holds: (source: string) => boolean): boolean {
    return !this.some((source) => !holds(source));
  }

  some(holds: (source: string) => boolean): boolean {
    for (const source of this) if (holds(source)) return true;
    return false;
  }

  filter(holds: (source: string) => boolean): string[] {
    return [...this].filter(holds);
  }

  map<T>(of: (source: string) => T): T[] {
    return [...this].map(of);
  }

  toSorted(): string[] {
    return [...this];
  }

  toJSON(): string[] {
    return [...this];
  }

  /** Byte order is the order of the ULIDs. */
  isAmong(others: PackedSources): boolean {
    if (this === others) return true;
    if (this.length > others.length) return false;
    let place = 0;
    for (let from = 0; from < this.#bytes.length; from += ULID_PACKED) {
      while (place < others.#bytes.length && this.#compare(from, others, place) > 0) place += ULID_PACKED;
      if (place >= others.#bytes.length || this.#compare(from, others, place) !== 0) return false;
    }
    return true;
  }

  #compare(from: number, others: PackedSources, place: number): number {
    for (let byte = 0; byte < ULID_PACKED; byte += 1) {
      const difference = (this.#bytes[from + byte] ?? 0) - (others.#bytes[place + byte] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/** Packs ULIDs; as they are where they are few, not in order, or more than once. */
export function packSources(ulids: readonly string[]): Sources {
  if (ulids.length < 2 || !isAscending(ulids)) return ulids;
  const bytes = new Uint8Array(ulids.length * ULID_PACKED);
  for (const [place, ulid] of ulids.entries()) packUlid(ulid, bytes, place * ULID_PACKED);
  return new PackedSources(bytes);
}

/** Those that `packUlid` wrote one after another, without a copy. They must ascend. */
export function packedSources(bytes: Uint8Array): Sources {
  return new PackedSources(bytes);
}

/** Whether they can be packed: each is above the one before. */
export function isAscending(ulids: Sources): boolean {
  if (ulids instanceof PackedSources) return true;
  let last = "";
  return ulids.every((ulid) => {
    const isAbove = ulid > last;
    last = ulid;
    return isAbove;
  });
}

/** Whether all of `sources` are among those of `holder`. */
export function holdsAll(holder: Sources, sources: Sources): boolean {
  if (holder === sources) return true;
  if (holder instanceof PackedSources && sources instanceof PackedSources) return sources.isAmong(holder);
  if (holder instanceof PackedSources && sources.length < FEW)
    return sources.every((source) => holder.includes(source));
  const held = holder.length < FEW ? holder : new Set(holder);
  const has = held instanceof Set ? (source: string) => held.has(source) : (source: string) => held.includes(source);
  return sources.every(has);
}

/** The least and the greatest of their times, ms; undefined where there are none. */
export function sourceTimes(sources: Sources): { readonly from: number; readonly to: number } | undefined {
  if (sources.length === 0) return undefined;
  if (sources instanceof PackedSources) return { from: sources.timeAt(0), to: sources.timeAt(sources.length - 1) };
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const source of sources) {
    const time = ulidTime(source);
    if (time < from) from = time;
    if (time > to) to = time;
  }
  return { from, to };
}
