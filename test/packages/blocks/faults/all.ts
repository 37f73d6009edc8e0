import { BLOCK_FAULTS } from "#test/packages/blocks/faults/block";
import { COMPACTOR_FAULTS } from "#test/packages/blocks/faults/compactor";
import { DELETION_FAULTS } from "#test/packages/blocks/faults/deletion";
import { DOWNSAMPLING_FAULTS } from "#test/packages/blocks/faults/downsampling";
import type { Fault } from "#test/packages/blocks/faults/fault";
import { LABEL_FAULTS } from "#test/packages/blocks/faults/labels";
import { OVERLAP_FAULTS } from "#test/packages/blocks/faults/overlap";
import { PACE_FAULTS } from "#test/packages/blocks/faults/pace";
import { RETENTION_FAULTS } from "#test/packages/blocks/faults/retention";
import { UPLOAD_FAULTS } from "#test/packages/blocks/faults/upload";

/** Every id of the catalogue has at least one. */
export const FAULTS: readonly Fault[] = [
  ...UPLOAD_FAULTS,
  ...BLOCK_FAULTS,
  ...OVERLAP_FAULTS,
  ...COMPACTOR_FAULTS,
  ...DELETION_FAULTS,
  ...PACE_FAULTS,
  ...RETENTION_FAULTS,
  ...DOWNSAMPLING_FAULTS,
  ...LABEL_FAULTS,
];
