import type { Fault } from "#test/packages/blocks/faults/fault";

export const DELETION_FAULTS: readonly Fault[] = [];
