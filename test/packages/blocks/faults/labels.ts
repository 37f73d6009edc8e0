import { DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { fleetWith, producer, STRIKE, worldOf } from "#test/packages/blocks/faults/calm";
import type { Fault } from "#test/packages/blocks/faults/fault";

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
];
