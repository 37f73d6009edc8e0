import { HOUR } from "#test/packages/blocks/factory";
import { CALM, STRIKE, settledBlock } from "#test/packages/blocks/faults/calm";
import { during, type Fault, markObject } from "#test/packages/blocks/faults/fault";
import { OVERLAP_FAULTS } from "#test/packages/blocks/faults/overlap";

const BLOCK = settledBlock().spec.ulid;

/** The fault of an overlap, told by another finding of it. */
function toldAs(id: Fault["id"], by: Fault["id"]): readonly Fault[] {
  return OVERLAP_FAULTS.filter((fault) => fault.id === by).map((fault) => ({
    ...fault,
    id,
    alongside: [by, ...(fault.alongside?.filter((other) => other !== id) ?? [])],
  }));
}

export const COMPACTOR_FAULTS: readonly Fault[] = [
  ...toldAs("compactor.will-halt", "overlap.c-same-labels"),
  ...toldAs("compactor.multiple", "overlap.e-two-compactors"),
  {
    id: "compactor.no-compact-mark",
    severity: "warning",
    what: "the compactor finds an index too large to compact",
    world: [
      ...CALM,
      ...during([markObject(BLOCK, "no-compact", { at: STRIKE, reason: "index-size-exceeding" })], STRIKE + HOUR),
    ],
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
];
