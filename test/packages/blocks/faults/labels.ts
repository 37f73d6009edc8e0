import type { Fault } from "#test/packages/blocks/faults/fault";

export const LABEL_FAULTS: readonly Fault[] = [];
