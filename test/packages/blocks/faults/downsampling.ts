import type { Fault } from "#test/packages/blocks/faults/fault";

export const DOWNSAMPLING_FAULTS: readonly Fault[] = [];
