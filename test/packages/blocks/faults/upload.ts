import { at, type BlockSpec, blockObjects, DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { CALM, fleetWith, LIVES, livesOf, outage, producer, STRIKE, worldOf } from "#test/packages/blocks/faults/calm";
import { during, type Fault, strangeUlid, type World, written } from "#test/packages/blocks/faults/fault";
import type { Producer } from "#test/packages/blocks/healthy-fleet";

/** The end of the newest block that is there when uploads stop at `STRIKE`. */
const NEWEST = at("2026-11-20T10:00:00Z");
/** When the next should be there: cut an hour after its end, and a quarter of an hour for the upload. */
const DEADLINE = NEWEST + 3 * HOUR + 15 * MINUTE;

/** The replicas of these clusters stop, for so long. */
function stopped(names: readonly (readonly [cluster: string, replica: string])[], lasts: number): World {
  const upload = outage(lasts);
  return worldOf(fleetWith(...names.map(([cluster, replica]) => producer(cluster, replica, { upload }))));
}

const ofBoth = (...clusters: readonly string[]) =>
  clusters.flatMap((cluster) => [[cluster, "0"] as const, [cluster, "1"] as const]);
const soonAfter = (lasts: number) => STRIKE + lasts + 10 * MINUTE;

/** What is due from `from` on, before `to`, is so much later. */
const delayed = (from: number, to: number, by: number) => (due: number) => (due >= from && due < to ? due + by : due);

/** The head of these labels that ends at `max`. */
function headOf(cluster: string, replica: string, max: number) {
  const found = LIVES.find(
    ({ spec }) =>
      spec.source === "sidecar" &&
      spec.max === max &&
      spec.labels?.cluster === cluster &&
      spec.labels.replica === replica,
  );
  if (found === undefined) throw new Error(`no head of ${cluster}/${replica} ends then`);
  return found;
}

/** Of that producer is gone at `STRIKE` what was there before; it goes on, with a block half an hour later. */
function withDeleted(of: Producer): World {
  return written(
    livesOf(fleetWith(of)).map((one) => {
      const isGone = one.spec.labels?.cluster === of.labels.cluster && one.from < STRIKE;
      return isGone ? { ...one, deletedAt: Math.min(one.deletedAt ?? STRIKE, STRIKE) } : one;
    }),
  );
}

const stops = outage(5 * HOUR);
/** Cut with this delay, in the bucket so long after it was due, and then no more. */
const dying = (delay: number, there: number) =>
  worldOf(
    fleetWith(
      producer("a", "1", {
        cut: (due) => due - (due % HOUR) + delay,
        upload: (due) => stops(due - (due % HOUR) + there),
      }),
    ),
  );
const receiver = producer("a tenant", "0", { source: "receive", phase: 20 * MINUTE, upload: outage(9 * HOUR) });

const never = (due: number) => (due >= STRIKE && due < STRIKE + 2 * HOUR ? Number.POSITIVE_INFINITY : due);
const HOLE = NEWEST + 2 * HOUR;
/** Heads of this window never come; those of the next show it. */
const HOLE_SHOWN = headOf("b", "0", HOLE + 2 * HOUR).from;
const byHand = (replica: string) =>
  blockObjects({ ...headOf("b", replica, HOLE).spec, source: "bucket.upload", uploaded: HOLE_SHOWN + HOUR });

/** Of nobody's stream: two heads and what was between them is missing. */
const GRID = STRIKE - (STRIKE % (8 * HOUR)) - 40 * DAY;
const holed: BlockSpec = {
  ulid: strangeUlid(STRIKE),
  min: GRID,
  max: GRID + 8 * HOUR,
  labels: { tool: "backfill" },
  source: "compactor",
  level: 2,
  sources: [strangeUlid(GRID, "1"), strangeUlid(GRID, "2")],
  parents: [
    { ulid: strangeUlid(GRID, "1"), minTime: GRID, maxTime: GRID + 2 * HOUR },
    { ulid: strangeUlid(GRID, "2"), minTime: GRID + 4 * HOUR, maxTime: GRID + 8 * HOUR },
  ],
  uploaded: STRIKE,
};

/** The healthy fleet, with other stats in one head. */
function withStats(max: number, stats: { readonly samples?: number; readonly series?: number }): World {
  const head = headOf("a", "1", max);
  return written(LIVES.map((one) => (one === head ? { ...one, spec: { ...one.spec, ...stats } } : one)));
}

export const UPLOAD_FAULTS: readonly Fault[] = [
  {
    id: "upload.late",
    severity: "warning",
    what: "one of two replicas stops uploading for five hours",
    world: stopped([["a", "1"]], 5 * HOUR),
    from: DEADLINE,
    alongside: ["upload.replica-late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.late",
    severity: "critical",
    what: "one of two replicas misses its third block",
    world: stopped([["a", "1"]], 10 * HOUR),
    from: DEADLINE + 4 * HOUR,
    alongside: ["upload.replica-late"],
    mended: soonAfter(10 * HOUR),
  },
  {
    id: "upload.late",
    severity: "warning",
    what: "a replica stops whose uploads always take 19 minutes",
    world: dying(0, 19 * MINUTE),
    // 12 minutes for the delay of a restart, and 1.5 times 19 minutes, up to the minute.
    from: NEWEST + 3 * HOUR + 41 * MINUTE,
    alongside: ["upload.replica-late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.late",
    severity: "warning",
    what: "a replica stops whose heads are cut with a delay of 8 minutes",
    world: dying(8 * MINUTE, 10 * MINUTE),
    // Its delay and that of a restart, and 1.5 times 2 minutes.
    from: NEWEST + 3 * HOUR + 23 * MINUTE,
    alongside: ["upload.replica-late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.replica-late",
    severity: "warning",
    what: "one of two replicas stops uploading for five hours",
    world: stopped([["a", "1"]], 5 * HOUR),
    from: DEADLINE,
    alongside: ["upload.late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.cluster-late",
    severity: "critical",
    what: "both replicas stop uploading for five hours",
    world: stopped(ofBoth("a"), 5 * HOUR),
    from: DEADLINE,
    alongside: ["upload.late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.cluster-late",
    severity: "critical",
    what: "a receiver stops, whose block should be there 55 minutes before the ceiling of any phase",
    world: worldOf(fleetWith(receiver)),
    from: NEWEST + 5 * HOUR + 15 * MINUTE,
    alongside: ["upload.late"],
    mended: soonAfter(9 * HOUR),
  },
  {
    id: "upload.global",
    severity: "critical",
    what: "a policy of the bucket denies uploads for five hours",
    world: stopped(ofBoth("a", "b", "c"), 5 * HOUR),
    from: DEADLINE,
    alongside: ["upload.cluster-late", "upload.late"],
    mended: soonAfter(5 * HOUR),
  },
  {
    id: "upload.expected-missing",
    severity: "critical",
    what: "a lifecycle rule deletes all of an expected cluster",
    settings: { expectedClusters: [{ cluster: "a" }, { cluster: "gone" }] },
    world: withDeleted(producer("gone", "0")),
    from: STRIKE,
    mended: STRIKE + 40 * MINUTE,
  },
  {
    id: "upload.silent",
    severity: "critical",
    what: "one of two replicas stops uploading for 30 hours",
    world: stopped([["a", "1"]], 30 * HOUR),
    from: NEWEST + DAY + 1,
    alongside: ["upload.late", "upload.replica-late"],
    mended: soonAfter(30 * HOUR),
  },
  {
    id: "upload.slow",
    severity: "warning",
    what: "two uploads in a day take 30 minutes each",
    world: worldOf(fleetWith(producer("a", "1", { upload: delayed(STRIKE, STRIKE + 4 * HOUR, 30 * MINUTE) }))),
    from: headOf("a", "1", HOLE + 2 * HOUR).from + 30 * MINUTE,
    mended: STRIKE + 30 * HOUR,
  },
  {
    id: "upload.cut-late",
    severity: "warning",
    what: "two heads are cut 45 minutes late",
    world: worldOf(fleetWith(producer("a", "1", { cut: delayed(STRIKE, STRIKE + 4 * HOUR, 45 * MINUTE) }))),
    from: headOf("a", "1", HOLE + 2 * HOUR).from + 45 * MINUTE,
    mended: STRIKE + 6 * HOUR,
  },
  {
    id: "upload.out-of-order",
    severity: "info",
    what: "a head is uploaded after the next one",
    world: worldOf(
      fleetWith(producer("a", "1", { upload: delayed(STRIKE, STRIKE + 2 * HOUR, 150 * MINUTE) })),
      5 * DAY,
    ),
    from: headOf("a", "1", HOLE).from + 150 * MINUTE,
    mended: STRIKE + 4 * DAY,
  },
  {
    id: "upload.gap",
    severity: "info",
    what: "a head of one of two replicas is never uploaded",
    world: [...worldOf(fleetWith(producer("b", "0", { upload: never }))), ...byHand("0")],
    from: HOLE_SHOWN,
    mended: HOLE_SHOWN + HOUR + 10 * MINUTE,
  },
  {
    id: "upload.gap",
    severity: "critical",
    what: "a head of both replicas is never uploaded",
    world: [
      ...worldOf(fleetWith(producer("b", "0", { upload: never }), producer("b", "1", { upload: never }))),
      ...byHand("0"),
      ...byHand("1"),
    ],
    from: HOLE_SHOWN,
    mended: HOLE_SHOWN + HOUR + 10 * MINUTE,
  },
  {
    id: "upload.hole-inside",
    severity: "info",
    what: "the compactor makes one block of two that are two hours apart",
    world: [...CALM, ...during(blockObjects(holed), STRIKE + HOUR)],
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
  {
    id: "upload.volume-drop",
    severity: "warning",
    what: "more than half of the targets are lost for one block",
    world: withStats(HOLE, { samples: 490 }),
    from: headOf("a", "1", HOLE).from,
    mended: headOf("a", "1", HOLE + 2 * HOUR).from,
  },
  {
    id: "upload.volume-drop",
    severity: "warning",
    what: "a deployment doubles the series and more",
    world: withStats(HOLE, { series: 29 }),
    from: headOf("a", "1", HOLE).from,
    alongside: ["ha.asymmetric"],
    mended: headOf("a", "1", HOLE + 2 * HOUR).from + MINUTE,
  },
  {
    id: "clock.skew",
    severity: "warning",
    what: "the clock of a producer is three minutes ahead for one block",
    world: worldOf(fleetWith(producer("a", "1", { upload: delayed(STRIKE, STRIKE + 2 * HOUR, -3 * MINUTE) }))),
    from: headOf("a", "1", HOLE).from - 3 * MINUTE,
    mended: STRIKE + 3 * HOUR,
  },
];
