import { type BlockSpec, blockObjects, DAY, HOUR } from "#test/packages/blocks/factory";
import { CALM, STRIKE, settledBlock } from "#test/packages/blocks/faults/calm";
import { during, type Fault, markObject, strangeUlid } from "#test/packages/blocks/faults/fault";

const BLOCK = settledBlock().spec.ulid;
const GRID = STRIKE - (STRIKE % (2 * HOUR)) - 40 * DAY;
/** Past a retention, and marked for it. */
const OLD: BlockSpec & { readonly ulid: string } = {
  ulid: strangeUlid(STRIKE - HOUR),
  min: GRID,
  max: GRID + 2 * HOUR,
  labels: { tool: "backfill" },
  source: "bucket.upload",
  uploaded: STRIKE - HOUR,
};
const DETAILS = "block exceeding retention of 720h0m0s";

function marked(until: number) {
  const mark = markObject(OLD.ulid, "deletion", { at: STRIKE, details: DETAILS });
  return [...CALM, ...during([...blockObjects(OLD), mark], until)];
}

export const DELETION_FAULTS: readonly Fault[] = [
  {
    id: "delete.overdue",
    severity: "warning",
    what: "the compactor may not delete",
    world: marked(STRIKE + 60 * HOUR),
    from: STRIKE + 54 * HOUR + 1,
    mended: STRIKE + 60 * HOUR,
  },
  {
    id: "delete.overdue",
    severity: "critical",
    what: "the compactor may not delete for a week",
    world: marked(STRIKE + 8 * DAY),
    from: STRIKE + 7 * DAY + 1,
    mended: STRIKE + 8 * DAY,
  },
  ...(
    [
      ["critical", "source of compacted block", "a compaction marks its parents, and what it made is lost"],
      ["warning", "moved elsewhere", "somebody marks a block that nothing else has"],
    ] as const
  ).map(([severity, details, what]): Fault => {
    const mark = markObject(BLOCK, "deletion", { at: STRIKE, details });
    return {
      ...{ id: "delete.uncovered", severity, what },
      world: [...CALM, ...during([mark], STRIKE + 2 * HOUR)],
      from: STRIKE + HOUR,
      mended: STRIKE + 2 * HOUR,
    };
  }),
];
