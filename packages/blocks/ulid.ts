/** Strict where Go's `ulid.Parse` is not: it takes any 26 characters (thanos pkg/block/block.go IsBlockDir). */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 10;
const ULID_BYTES = 26;

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** What Go's `ulid.Parse` takes for one. */
export function isGoUlid(text: string): boolean {
  return Buffer.byteLength(text) === ULID_BYTES && text.charAt(0) <= "7";
}

/** Milliseconds since the epoch of a ULID's first 48 bits, by the clock of the host that made it. */
export function ulidTime(ulid: string): number {
  let time = 0;
  for (const char of ulid.slice(0, TIME_CHARS)) time = time * CROCKFORD.length + CROCKFORD.indexOf(char);
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
