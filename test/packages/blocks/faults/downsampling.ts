import { at, type BlockSpec, blockObjects, DAY, HOUR, metaOf, object } from "#test/packages/blocks/factory";
import { CALM, compactedBy, LIVES, STRIKE } from "#test/packages/blocks/faults/calm";
import {
  during,
  type Fault,
  lost,
  markObject,
  strangeUlid,
  type World,
  written,
} from "#test/packages/blocks/faults/fault";
import type { LivedBlock, Producer } from "#test/packages/blocks/healthy-fleet";

const FIVE_MINUTES = 300_000;
const HOURLY = 3_600_000;
/** Where a window of 14 d and one of 2 d end, a day and a half before the strike. */
const EDGE = at("2026-11-19T00:00:00Z");

/** Samples of this resolution are made neither before this time nor since the strike. */
const noneUntil = (until: number, resolution: number) => (_: Producer["labels"], now: number, wanted: number) =>
  wanted !== resolution || now < STRIKE || now > until;
const BACK_5M = EDGE + 97 * HOUR;
const BACK_1H = EDGE + 21 * DAY + HOUR;
const no5m = written(compactedBy({ downsamples: noneUntil(BACK_5M, FIVE_MINUTES) }, { after: 5 * DAY, hasPast: true }));
const no1h = compactedBy({ downsamples: noneUntil(BACK_1H, HOURLY) }, { after: 24 * DAY, hasPast: true });
const isOne = ({ cluster, replica }: Producer["labels"]) => cluster === "a" && replica === "1";
const leftOut = compactedBy({
  downsamples: (labels, now) => !isOne(labels) || now < STRIKE || now > STRIKE + 30 * HOUR,
});

/** When the first raw block of 2 d after the edge is there. */
function madeAt(lives: readonly LivedBlock[]): number {
  const found = lives.find(
    ({ spec }) =>
      spec.resolution === undefined &&
      isOne(spec.labels ?? {}) &&
      spec.max === EDGE + 2 * DAY &&
      spec.max - spec.min > DAY,
  );
  return found?.from ?? 0;
}

/** The 5 m block of the first window of 14 d. */
function downsampled(): LivedBlock["spec"] {
  const found = LIVES.find(
    ({ spec, deletedAt }) =>
      spec.resolution === FIVE_MINUTES &&
      isOne(spec.labels ?? {}) &&
      spec.max === EDGE - 14 * DAY &&
      deletedAt === undefined,
  );
  if (found === undefined) throw new Error("the healthy fleet has no such block");
  return found.spec;
}

/** Without the 5 m block: it lies at the begin of the history, and there must be one before it. */
const BETWEEN = downsampled();
const BEFORE: BlockSpec = {
  ...BETWEEN,
  ...{ min: BETWEEN.min - 3 * DAY, max: BETWEEN.min - DAY, uploaded: STRIKE - 20 * DAY },
  ...{ ulid: strangeUlid(STRIKE - 20 * DAY, "D1"), sources: [strangeUlid(STRIKE - 20 * DAY, "D2")] },
};

function cutShort(): World {
  const key = `${BETWEEN.ulid}/meta.json`;
  const spec = { ...BETWEEN, max: BETWEEN.max - DAY };
  return [...lost(CALM, key, STRIKE, STRIKE + HOUR), object(key, JSON.stringify(metaOf(spec)), STRIKE)];
}

const MARKED: BlockSpec & { readonly ulid: string } = {
  ...{ ulid: strangeUlid(STRIKE - 60 * DAY, "M"), labels: { tool: "backfill" }, source: "bucket.upload" },
  ...{ min: STRIKE - 64 * DAY, max: STRIKE - 62 * DAY, uploaded: STRIKE - 60 * DAY },
};
const STRANDED: BlockSpec = {
  ...{ ulid: strangeUlid(STRIKE - 8 * DAY, "S"), labels: { cluster: "gone" }, level: 1 },
  ...{ min: STRIKE - 7 * DAY - 4 * HOUR, max: STRIKE - 7 * DAY - 2 * HOUR, uploaded: STRIKE - 7 * DAY - HOUR / 2 },
};

export const DOWNSAMPLING_FAULTS: readonly Fault[] = [
  {
    id: "downsample.lag5m",
    severity: "warning",
    what: "nothing is downsampled to 5 m any more",
    world: no5m,
    from: EDGE + 60 * HOUR + 1,
    alongside: ["downsample.missing"],
    mended: BACK_5M + 10 * HOUR,
  },
  {
    id: "downsample.lag5m",
    severity: "critical",
    what: "nothing is downsampled to 5 m for two days",
    world: no5m,
    from: EDGE + 96 * HOUR + 1,
    alongside: ["downsample.missing"],
    mended: BACK_5M + 10 * HOUR,
  },
  {
    id: "downsample.lag1h",
    severity: "warning",
    what: "nothing is downsampled to 1 h any more",
    world: written(no1h),
    from: EDGE + 15.5 * DAY + 1,
    alongside: ["downsample.missing"],
    mended: BACK_1H + 10 * HOUR,
  },
  {
    id: "downsample.lag1h",
    severity: "critical",
    what: "nothing is downsampled to 1 h for three weeks",
    world: written(no1h),
    from: EDGE + 21 * DAY + 1,
    alongside: ["downsample.missing"],
    mended: BACK_1H + 10 * HOUR,
  },
  {
    id: "downsample.missing",
    severity: "warning",
    what: "one replica is not downsampled",
    world: written(leftOut),
    from: madeAt(leftOut) + 6 * HOUR + 1,
    mended: STRIKE + 48 * HOUR,
  },
  {
    id: "downsample.hole",
    severity: "warning",
    what: "a block of 5 m holds less than its sources",
    world: cutShort(),
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
  {
    id: "downsample.hole",
    severity: "warning",
    what: "somebody deletes a block of 5 m in the midst of others",
    world: [
      ...lost(CALM, `${BETWEEN.ulid}/`, STRIKE, STRIKE + HOUR),
      ...during(blockObjects(BEFORE), Number.POSITIVE_INFINITY),
    ],
    from: STRIKE,
    alongside: ["downsample.missing"],
    mended: STRIKE + HOUR,
  },
  {
    id: "downsample.stranded",
    severity: "info",
    what: "a stream ended with a head that nothing follows",
    world: [...CALM, ...during(blockObjects(STRANDED), STRIKE + HOUR)],
    from: STRIKE + 1,
    mended: STRIKE + HOUR,
  },
  {
    id: "downsample.marked",
    severity: "info",
    what: "a mark against downsampling is forgotten",
    world: [
      ...CALM,
      ...during(blockObjects(MARKED), STRIKE + HOUR),
      ...during([markObject(MARKED.ulid, "no-downsample", { at: STRIKE - 30 * DAY, reason: "manual" })], STRIKE + HOUR),
    ],
    from: STRIKE + 1,
    mended: STRIKE + HOUR,
  },
];
