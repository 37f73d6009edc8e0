import { TerminalError } from "#fleet/errors";

export const INDEX_TOO_LARGE = "index-too-large";

/** Of a process before it has read anything, MB; what is left is for blocks. */
const BASE_MB = 250;
/** What a block takes while all are judged or listed, of a fleet with compacted blocks and their sources; KiB. */
const KIB_PER_BLOCK = 6;

/** Of Lambda. */
const LARGEST_MB = 10_240;
const STEP_MB = 256;

/** Blocks whose index a function of this memory can hold, and judge. Measured: docs/deploy.md. */
export function blocksWithin(memoryMb: number): number {
  return Math.floor(((memoryMb - BASE_MB) * 1024) / KIB_PER_BLOCK);
}

/** @throws TerminalError `index-too-large`, before a function is killed for what it cannot hold, which tells nobody why */
export function checkCapacity(url: string, blocks: number, mostBlocks: number): void {
  if (blocks <= mostBlocks) return;
  throw new TerminalError(
    `the index of ${url} holds ${blocks} blocks, and the functions that list and judge it have memory for ${mostBlocks}`,
    {
      reason: INDEX_TOO_LARGE,
      field: "audit.memoryMb",
      value: mostBlocks,
      remedy: remedyFor(url, blocks),
    },
  );
}

function remedyFor(url: string, blocks: number): string {
  if (blocks > blocksWithin(LARGEST_MB)) {
    return `Audit this bucket by the command, musterbook audit ${url}, and take it out of fleet.config.ts: Lambda has no memory for it.`;
  }
  return `Write ${memoryFor(blocks)} or more as audit.memoryMb into fleet.config.ts, and deploy.`;
}

/** MB, with room for half as many blocks more where there is that much. */
function memoryFor(blocks: number): number {
  const roomy = BASE_MB + (blocks * 1.5 * KIB_PER_BLOCK) / 1024;
  return Math.min(LARGEST_MB, Math.ceil(roomy / STEP_MB) * STEP_MB);
}
