import { type BlockSpec, blockObjects, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { CALM, LIVES, STRIKE, settledBlock } from "#test/packages/blocks/faults/calm";
import { during, type Fault, strangeUlid, type World } from "#test/packages/blocks/faults/fault";

const VISIBLE = 30 * MINUTE;
const SETTLED = settledBlock().spec;
const HEAD = headSpec();
const WEEK_OLD = downsampledSpec();
/** Beside the block that it overlaps with, until somebody deletes it. */
const beside = (...specs: readonly BlockSpec[]): World => [
  ...CALM,
  ...during(specs.flatMap(blockObjects), STRIKE + HOUR),
];
const copyOf = (spec: BlockSpec, salt: string, rest: Partial<BlockSpec>): BlockSpec => {
  const ulid = strangeUlid(STRIKE, salt);
  return { ...spec, sources: [ulid], uploaded: STRIKE, ...rest, ulid };
};
const HALTS = { severity: "critical", alongside: ["compactor.will-halt"], mended: STRIKE + HOUR } as const;

/** The newest head that the compactor has not compacted. */
function headSpec(): BlockSpec {
  const found = LIVES.findLast(
    ({ spec, from }) => spec.source === "sidecar" && spec.labels?.replica === "0" && from < STRIKE - HOUR,
  );
  if (found === undefined) throw new Error("the healthy fleet has no such head");
  return found.spec;
}

function downsampledSpec(): BlockSpec {
  const found = LIVES.findLast(
    ({ spec, from, marked }) =>
      spec.resolution === 300_000 && from < STRIKE - HOUR && (marked?.at ?? STRIKE * 2) > STRIKE + HOUR * 2,
  );
  if (found === undefined) throw new Error("the healthy fleet has no such block");
  return found.spec;
}

export const OVERLAP_FAULTS: readonly Fault[] = [
  {
    id: "overlap.a-duplicate",
    severity: "info",
    what: "a compactor uploads a block twice",
    world: beside(copyOf(SETTLED, "A", { sources: SETTLED.sources ?? [] })),
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
  {
    ...{ id: "overlap.b-ooo", what: "a producer uploads what came out of order" },
    ...HALTS,
    world: beside(copyOf(HEAD, "B", { hints: ["from-out-of-order"] })),
    from: STRIKE + VISIBLE,
  },
  {
    ...{ id: "overlap.c-same-labels", what: "a second producer uploads under the same labels" },
    ...HALTS,
    world: beside(copyOf(HEAD, "C", { samples: 7 })),
    from: STRIKE + VISIBLE,
  },
  {
    ...{ id: "overlap.d-late-upload", what: "a head comes after its window was compacted" },
    ...HALTS,
    world: beside(copyOf(SETTLED, "D", { max: SETTLED.min + 2 * HOUR, level: 1, source: "sidecar" })),
    from: STRIKE + VISIBLE,
    alongside: ["compactor.will-halt", "upload.out-of-order"],
  },
  {
    ...{ id: "overlap.e-two-compactors", what: "a second compactor compacts a part of the same blocks" },
    ...HALTS,
    world: beside(
      copyOf(SETTLED, "E", { sources: [...(SETTLED.sources?.slice(0, 2) ?? []), strangeUlid(STRIKE, "E1")] }),
    ),
    from: STRIKE,
    alongside: ["compactor.will-halt", "compactor.multiple"],
  },
  {
    ...{ id: "overlap.f-manual", what: "a block is rewritten, and the original stays" },
    ...HALTS,
    world: beside(copyOf(SETTLED, "F", { source: "bucket.rewrite" })),
    from: STRIKE + VISIBLE,
  },
  {
    ...{ id: "overlap.g-local-compaction", what: "a Prometheus compacts by itself" },
    ...HALTS,
    world: beside(copyOf(SETTLED, "G", { source: "sidecar", level: 2 })),
    from: STRIKE + VISIBLE,
  },
  {
    ...{ id: "overlap.h-downsampled", what: "a second downsampler runs" },
    ...HALTS,
    world: beside(copyOf(WEEK_OLD, "H", {})),
    from: STRIKE,
  },
  {
    ...{ id: "overlap.i-restart", what: "a producer loses its disk at a restart" },
    ...HALTS,
    world: beside(copyOf(HEAD, "J", { max: HEAD.max - HOUR })),
    from: STRIKE + VISIBLE,
  },
];
