import { growingBucket } from "#bench/cost/blocks";
import { type Tally, tapOf } from "#bench/cost/tally";
import { clusterRef } from "#fleet/cluster";
import { effectMeter } from "#test/simulation/effects";
import { createWorld, type World } from "#test/simulation/world";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Clusters become present within it, by the world's clock. */
const ONBOARDING_MS = 2 * HOUR_MS;
const BUCKET = "s3://blocks";

export interface MeasuredHour {
  readonly clusters: number;
  /** How many of them were present at its end; the rest would be looked at more often. */
  readonly present: number;
  /** Alerts that fire at its end: each is read at every audit. */
  readonly alerts: number;
  /** Bytes of all records, which storage holds. */
  readonly recordBytes: number;
  readonly tally: Tally;
}

/** An hour of a fleet at rest: the shipped handlers and wiring, every call counted. Half of all streams upload a block in it. */
export async function measureHour(clusters: number, history: number): Promise<MeasuredHour> {
  const refs = Array.from({ length: clusters }, (_, at) =>
    clusterRef({ account: "111122223333", region: "eu-west-1", name: `c-${at + 1}` }),
  );
  const bucket = growingBucket(
    BUCKET,
    refs.map(({ name }) => name),
    history,
  );
  const tally: Tally = new Map();
  const world = createWorld(effectMeter(), tapOf(tally, { bucket, url: BUCKET }));
  for (const ref of refs) {
    world.eks.create(ref);
    await world.runtime.serviceEvent(world.createEvent(ref));
  }
  await liveFor(world, ONBOARDING_MS);
  tally.clear();
  for (const [quarter, part] of quarters(refs.slice(0, Math.ceil(clusters / 2))).entries()) {
    for (const { name } of part) for (const key of bucket.grow(name)) await world.runtime.serviceEvent(uploaded(key));
    await liveFor(world, (HOUR_MS * (quarter + 1)) / 4 - (HOUR_MS * quarter) / 4);
  }
  const records = await world.records();
  const present = records.filter(({ phase }) => phase === "present").length;
  const alerts = (await world.alertStates.allFiring()).length;
  return { clusters, present, alerts, recordBytes: JSON.stringify(records).length, tally };
}

function quarters<T>(all: readonly T[]): readonly (readonly T[])[] {
  return [0, 1, 2, 3].map((quarter) => all.filter((_, at) => at % 4 === quarter));
}

async function liveFor({ runtime, clock }: World, ms: number): Promise<void> {
  const end = clock.now().getTime() + ms;
  for (;;) {
    await runtime.runUntilIdle();
    const next = runtime.nextAt();
    if (next === undefined || next.getTime() >= end) break;
    clock.set(next);
  }
  clock.set(new Date(end));
}

function uploaded(key: string): object {
  return {
    source: "aws.s3",
    "detail-type": "Object Created",
    detail: { bucket: { name: "blocks" }, object: { key } },
  };
}
