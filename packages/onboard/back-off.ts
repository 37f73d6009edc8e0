const FIRST_MS = 15_000;

/** The longest waits: for what comes by itself, and for what has failed or is out of sight. */
export const LONGEST_MS = { soon: 5 * 60_000, patiently: 30 * 60_000 } as const;

/** 15 s, doubled with every look that ended alike, up to `longestMs`. `attempts` counts from 1. */
export function backOffMs(attempts: number, longestMs: number): number {
  // Beyond 2^20 the longest has long been reached; the bound keeps the power finite.
  return Math.min(longestMs, FIRST_MS * 2 ** Math.min(20, Math.max(0, attempts - 1)));
}
