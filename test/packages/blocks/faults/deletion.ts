import type { RecordedObject } from "#local/recorded-bucket";
import { type BlockSpec, blockObjects, DAY, HOUR, MINUTE, object } from "#test/packages/blocks/factory";
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

/** With a chunk file of so many bytes. */
function grown(one: RecordedObject, bytes: number): RecordedObject {
  if (one.key.endsWith("/chunks/000001")) return object(one.key, bytes, one.lastModified);
  if (!one.key.endsWith("/meta.json") || one.content === undefined) return one;
  const text = new TextDecoder().decode(one.content);
  return object(one.key, text.replace('"size_bytes":100', `"size_bytes":${bytes}`), one.lastModified);
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
      ["critical", "source of compacted block", "a compaction marks its parents, and what it made is lost", []],
      ["warning", "moved elsewhere", "somebody marks a block that nothing else has", ["delete.marked-fresh"]],
    ] as const
  ).map(([severity, details, what, alongside]): Fault => {
    const mark = markObject(BLOCK, "deletion", { at: STRIKE, details });
    return {
      ...{ id: "delete.uncovered", severity, what },
      world: [...CALM, ...during([mark], STRIKE + 2 * HOUR)],
      from: STRIKE + HOUR,
      alongside,
      mended: STRIKE + 2 * HOUR,
    };
  }),
  {
    id: "delete.marked-fresh",
    severity: "info",
    what: "somebody marks a block",
    world: [
      ...CALM,
      ...during([markObject(BLOCK, "deletion", { at: STRIKE, details: "wrong data" })], STRIKE + 30 * MINUTE),
    ],
    from: STRIKE,
    mended: STRIKE + 30 * MINUTE,
  },
  {
    id: "cost.marked-bytes",
    severity: "info",
    what: "retention marks a large block",
    settings: { thresholds: { markedBytes: 1_000_000 } },
    world: [
      ...CALM,
      ...during(
        [
          ...blockObjects(OLD).map((one) => grown(one, 1_000_000)),
          markObject(OLD.ulid, "deletion", { at: STRIKE, details: DETAILS }),
        ],
        STRIKE + HOUR,
      ),
    ],
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
];
