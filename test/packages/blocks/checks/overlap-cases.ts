import { NOON } from "#test/packages/blocks/checks/found";
import { type BlockSpec, HOUR, ulidAt } from "#test/packages/blocks/factory";

export const OLD = NOON - 48 * HOUR;
export const BLOCK: BlockSpec = {
  min: OLD,
  max: OLD + 8 * HOUR,
  level: 2,
  source: "compactor",
  ulid: ulidAt(NOON, "A"),
};
export const OTHER: BlockSpec = { ...BLOCK, ulid: ulidAt(NOON, "B") };
const HEAD: BlockSpec = { min: OLD + 2 * HOUR, max: OLD + 4 * HOUR, ulid: ulidAt(NOON, "C") };

/** Pairs of blocks of one group that are there at the same time, by the class that they make. */
export const OVERLAPS = {
  "overlap.b-ooo": [HEAD, { ...HEAD, ulid: ulidAt(NOON, "D"), hints: ["from-out-of-order"] }],
  "overlap.c-same-labels": [HEAD, { ...HEAD, ulid: ulidAt(NOON, "D"), samples: 7 }],
  "overlap.d-late-upload": [BLOCK, HEAD],
  "overlap.e-two-compactors": [
    { ...BLOCK, sources: [ulidAt(1), ulidAt(2)] },
    { ...OTHER, sources: [ulidAt(2), ulidAt(3)] },
  ],
  "overlap.f-manual": [BLOCK, { ...OTHER, source: "bucket.rewrite" }],
  "overlap.g-local-compaction": [BLOCK, { ...OTHER, source: "sidecar" }],
  "overlap.h-downsampled": [
    { ...BLOCK, resolution: 300_000 },
    { ...OTHER, resolution: 300_000 },
  ],
  "overlap.i-restart": [HEAD, { ...HEAD, ulid: ulidAt(NOON, "D"), max: HEAD.max - HOUR }],
} as const satisfies Record<string, readonly [BlockSpec, BlockSpec]>;
