/** Strict where Go's `ulid.Parse` is not: it takes any 26 characters (thanos pkg/block/block.go IsBlockDir). */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 10;
const ULID_BYTES = 26;
const BITS = 5;

/** The value of each ASCII character; -1 where it is none of the alphabet. */
const VALUES: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  CROCKFORD.indexOf(String.fromCharCode(code)),
);
const CHARACTERS = Uint8Array.from(Buffer.from(CROCKFORD));

/** A packed ULID, bytes. */
export const ULID_PACKED = 16;

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

export function areUlids(input: unknown): input is string[] {
  return Array.isArray(input) && input.every((item) => typeof item === "string" && ULID.test(item));
}

/** What Go's `ulid.Parse` takes for one. */
export function isGoUlid(text: string): boolean {
  return Buffer.byteLength(text) === ULID_BYTES && text.charAt(0) <= "7";
}

/** Milliseconds since the epoch of a ULID's first 48 bits, by the clock of the host that made it. */
export function ulidTime(ulid: string): number {
  let time = 0;
  const end = Math.min(TIME_CHARS, ulid.length);
  for (let index = 0; index < end; index += 1) time = time * CROCKFORD.length + valueAt(ulid, index);
  return time;
}

/** The least ULID of this time, ms since the epoch. */
export function ulidOfTime(ms: number): string {
  let text = "";
  for (let rest = Math.max(0, ms); text.length < TIME_CHARS; rest = Math.floor(rest / CROCKFORD.length)) {
    text = (CROCKFORD[rest % CROCKFORD.length] ?? "") + text;
  }
  return text.padEnd(ULID_BYTES, "0");
}

/** The time of the ULID that `packUlid` wrote there, ms. */
export function packedTime(from: Uint8Array, at: number): number {
  const high = ((from[at] ?? 0) << 8) | (from[at + 1] ?? 0);
  const low =
    (from[at + 2] ?? 0) * 2 ** 24 + (((from[at + 3] ?? 0) << 16) | ((from[at + 4] ?? 0) << 8) | (from[at + 5] ?? 0));
  return high * 2 ** 32 + low;
}

/** Writes what `packedTime` reads. Throws RangeError for what is no time of a ULID. */
export function packTime(ms: number, into: Uint8Array, at: number): void {
  if (!(ms >= 0 && ms < 2 ** 48)) throw new RangeError("no time of a ULID");
  const high = Math.floor(ms / 2 ** 32);
  const low = ms - high * 2 ** 32;
  into[at] = high >>> 8;
  into[at + 1] = high;
  into[at + 2] = low >>> 24;
  into[at + 3] = low >>> 16;
  into[at + 4] = low >>> 8;
  into[at + 5] = low;
}

function valueAt(ulid: string, index: number): number {
  return VALUES[ulid.charCodeAt(index)] ?? -1;
}

/** Writes the 16 bytes of a ULID, whose order is that of its text. */
export function packUlid(ulid: string, into: Uint8Array, at: number): void {
  let held = 0;
  // Its 26 characters have 130 bits, of which the first two are zero.
  let bits = -2;
  let place = at;
  for (let index = 0; index < ULID_BYTES; index += 1) {
    held = (held << BITS) | valueAt(ulid, index);
    bits += BITS;
    if (bits < 8) continue;
    bits -= 8;
    into[place] = (held >>> bits) & 0xff;
    held &= (1 << bits) - 1;
    place += 1;
  }
}

const text = Buffer.alloc(ULID_BYTES);

/** The ULID that `packUlid` wrote there. */
export function unpackUlid(from: Uint8Array, at: number): string {
  let held = 0;
  let bits = 2;
  let place = at;
  for (let index = 0; index < ULID_BYTES; index += 1) {
    if (bits < BITS) {
      held = (held << 8) | (from[place] ?? 0);
      bits += 8;
      place += 1;
    }
    bits -= BITS;
    text[index] = CHARACTERS[(held >>> bits) & 31] ?? 0;
    held &= (1 << bits) - 1;
  }
  return text.toString("latin1");
}
