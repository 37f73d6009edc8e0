import { type BlockSpec, blockObjects, DAY, HOUR, ulidOf } from "#test/packages/blocks/factory";
import { CALM, STRIKE } from "#test/packages/blocks/faults/calm";
import { during, type Fault, markObject, strangeUlid } from "#test/packages/blocks/faults/fault";

/** Of nobody's stream, uploaded long ago; it ends so long before the strike. */
function toolBlock(age: number, length: number, rest: Partial<BlockSpec> = {}): BlockSpec {
  const max = STRIKE - age;
  return {
    ...{ min: max - length, max, labels: { tool: "backfill" }, source: "bucket.upload" },
    ...{ ulid: strangeUlid(STRIKE - 100 * DAY), uploaded: STRIKE - 100 * DAY },
    ...rest,
  };
}

const OLD = toolBlock(30 * HOUR, 2 * HOUR, { uploaded: STRIKE - 28 * HOUR });
const MENDED = { mended: STRIKE + HOUR };

export const RETENTION_FAULTS: readonly Fault[] = [
  {
    id: "retention.overdue",
    severity: "warning",
    what: "a block of a year is not marked",
    settings: { retention: { "1h": "365d" } },
    world: [
      ...CALM,
      ...during(
        blockObjects(toolBlock(366 * DAY, 13 * DAY, { resolution: 3_600_000, source: "compactor" })),
        STRIKE + HOUR,
      ),
    ],
    from: STRIKE + 1,
    ...MENDED,
  },
  {
    id: "retention.misconfig",
    severity: "warning",
    what: "somebody sets the retention of raw samples to 20 h",
    world: during(
      [
        ...blockObjects(OLD),
        markObject(ulidOf(OLD), "deletion", { at: STRIKE, details: "block exceeding retention of 20h0m0s" }),
      ],
      STRIKE + HOUR,
    ),
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "retention.expires-undownsampled",
    severity: "critical",
    what: "a block of 2 d was never downsampled, and its retention ends in a week",
    settings: { retention: { raw: "200d" } },
    world: [...CALM, ...during(blockObjects(toolBlock(193 * DAY, 2 * DAY)), STRIKE + HOUR)],
    from: STRIKE,
    alongside: ["downsample.missing"],
    ...MENDED,
  },
];
