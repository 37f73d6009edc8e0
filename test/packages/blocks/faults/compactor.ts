import type { Fault } from "#test/packages/blocks/faults/fault";

export const COMPACTOR_FAULTS: readonly Fault[] = [];
