import type { Fault } from "#test/packages/blocks/faults/fault";

export const OVERLAP_FAULTS: readonly Fault[] = [];
