/** A stream of choices; the same seed gives the same ones (mulberry32). */
export interface Random {
  /** In [0, below). */
  readonly int: (below: number) => number;
  readonly pick: <T>(of: readonly [T, ...T[]]) => T;
  readonly bytes: (length: number) => Uint8Array;
  /** True once in `times`. */
  readonly oneIn: (times: number) => boolean;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const int = (below: number) => Math.floor(next() * below);
  return {
    int,
    pick: (of) => of[int(of.length)] ?? of[0],
    bytes: (length) => Uint8Array.from({ length }, () => int(256)),
    oneIn: (times) => int(times) === 0,
  };
}

/** The seed of one case of many: neighbours have nothing in common. */
export function seedOf(seed: number, index: number): number {
  return (Math.imul(seed ^ 0x9e_37_79_b9, 0x85_eb_ca_6b) ^ Math.imul(index + 1, 0xc2_b2_ae_35)) >>> 0;
}
