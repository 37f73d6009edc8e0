const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** Numbers in [0, 1) that the seeds decide (mulberry32). */
export function seeded(...seeds: readonly number[]): () => number {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 15), 0x2545f491);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A ULID of this time, ms. */
export function ulidOf(ms: number, random: () => number): string {
  let time = "";
  for (let index = 0, rest = ms; index < TIME_CHARS; index += 1, rest = Math.floor(rest / 32)) {
    time = (CROCKFORD[rest % 32] ?? "") + time;
  }
  let text = time;
  for (let index = 0; index < RANDOM_CHARS; index += 4) {
    const drawn = Math.floor(random() * 2 ** 20);
    text += (CROCKFORD[drawn >>> 15] ?? "") + (CROCKFORD[(drawn >>> 10) & 31] ?? "");
    text += (CROCKFORD[(drawn >>> 5) & 31] ?? "") + (CROCKFORD[drawn & 31] ?? "");
  }
  // Flat: what it was put together from is let go.
  return Buffer.from(text).toString("latin1");
}
