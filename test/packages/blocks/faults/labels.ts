import { blockObjects, DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { CALM, fleetWith, LIVES, producer, STRIKE, worldOf } from "#test/packages/blocks/faults/calm";
import { during, type Fault, strangeUlid, written } from "#test/packages/blocks/faults/fault";

/** A replica ends at `at` with all that it had uploaded, and another takes its place. */
const NOON = STRIKE - 30 * MINUTE;
const LATE = 3 * HOUR + 15 * MINUTE;
const GIVEN_UP = 7 * DAY;

/** Pods of a Deployment: each lives for 12 h, and is a replica of its own. */
const pods = ["p", "q", "r", "s"].map((replica, index) =>
  producer("a", replica, {
    start: NOON + index * 12 * HOUR,
    ...(index < 3 && { until: NOON + (index + 1) * 12 * HOUR }),
  }),
);

const coloured = {
  ...producer("c", "0", { start: NOON, until: NOON + 2 * HOUR }),
  labels: { cluster: "c", color: "red" },
};

/** The healthy fleet has four streams; the ninth beside them is one too many. */
const builds = Array.from({ length: 10 }, (_, build) =>
  blockObjects({
    ulid: strangeUlid(NOON - HOUR, `B${build}`),
    min: NOON - 4 * HOUR + 1,
    max: NOON - 2 * HOUR,
    labels: { cluster: "ci", build: `${build}` },
    uploaded: STRIKE,
  }),
);

/** A replica has a fifth fewer series than its sibling, and a bit. */
const uneven = written(
  LIVES.map((one) => {
    const { labels, source, max } = one.spec;
    const isUneven = labels?.replica === "1" && labels.cluster === "a" && source === "sidecar" && max === NOON;
    return isUneven ? { ...one, spec: { ...one.spec, series: 11 } } : one;
  }),
);
const DUE = NOON + HOUR;

export const LABEL_FAULTS: readonly Fault[] = [
  {
    id: "labels.changed",
    severity: "warning",
    what: "a replica is renamed",
    world: worldOf(fleetWith(producer("a", "1", { until: NOON }), producer("a", "one", { start: NOON })), 8 * DAY),
    from: NOON + LATE,
    mended: NOON + GIVEN_UP + HOUR,
  },
  {
    id: "labels.volatile",
    severity: "warning",
    what: "a replica is named after its pod",
    world: worldOf(fleetWith(producer("a", "0", { start: NOON - 10 * DAY, until: NOON }), ...pods), 9 * DAY),
    from: NOON + 36 * HOUR + LATE,
    alongside: ["labels.changed"],
    mended: NOON + 36 * HOUR + GIVEN_UP + HOUR,
    remains: ["downsample.stranded"],
  },
  {
    id: "labels.schema",
    severity: "warning",
    what: "a producer comes with a label that nobody knows",
    settings: { requiredLabels: ["cluster"], knownLabels: ["replica"] },
    world: worldOf(fleetWith(coloured), 8 * DAY),
    from: NOON + 3 * HOUR + 1,
    mended: NOON + GIVEN_UP + 3 * HOUR,
  },
  {
    id: "labels.cardinality",
    severity: "info",
    what: "each build has external labels of its own",
    world: [...CALM, ...during(builds.flat(), STRIKE + HOUR)],
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
  {
    id: "ha.asymmetric",
    severity: "info",
    what: "one of two replicas does not reach a part of the targets",
    world: uneven,
    from: DUE + 1,
    mended: DUE + 2 * HOUR + 5 * MINUTE,
  },
];
