import type { Bucket } from "#blocks/bucket/bucket";
import { type BlockSpec, blockObjects, DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { fleetWith, livesOf, outage, producer, STRIKE } from "#test/packages/blocks/faults/calm";
import { bucketAt, during, strangeUlid, TICK, tickFrom, type World, written } from "#test/packages/blocks/faults/fault";
import type { LivedBlock } from "#test/packages/blocks/healthy-fleet";

/** The newest block of the replica that stops ends then; the next is due three hours and a quarter later. */
const NEWEST = Date.parse("2026-11-20T10:00:00Z");
const DEADLINE = NEWEST + 3 * HOUR + 15 * MINUTE;
const OUTAGE = 30 * HOUR;
const BACK = STRIKE + OUTAGE;
/** A block is judged once it is older than the consistency delay. */
const VISIBLE = 30 * MINUTE;
const FIRST_COPY = BACK + 6 * HOUR;
const SECOND_COPY = FIRST_COPY + HOUR + 10 * MINUTE;
const THIRD_COPY = SECOND_COPY + 40 * MINUTE;
const LASTS = 50 * MINUTE;

const LIVES = livesOf(fleetWith(producer("a", "1", { upload: outage(OUTAGE) })), 4 * DAY);

/** A bucket's life: one of two replicas stops for 30 hours and comes back; then a block is rewritten three times beside its original. */
const WORLD: World = [
  ...written(LIVES),
  ...[FIRST_COPY, SECOND_COPY, THIRD_COPY].flatMap((at) => during(blockObjects(rewritten(at)), at + LASTS)),
];

function rewritten(at: number): BlockSpec {
  const { spec } = settled();
  const ulid = strangeUlid(at, "F");
  return { ...spec, ulid, sources: [ulid], source: "bucket.rewrite", uploaded: at };
}

/** A compacted block of another cluster that nothing happens to. */
function settled(): LivedBlock {
  const found = LIVES.find(
    ({ spec, from, marked }) =>
      spec.labels?.cluster === "b" &&
      spec.source === "compactor" &&
      spec.resolution === undefined &&
      from < STRIKE - DAY &&
      (marked?.at ?? Number.POSITIVE_INFINITY) > STRIKE + 3 * DAY,
  );
  if (found === undefined) throw new Error("the fleet has no such block");
  return found;
}

export interface Chapter {
  readonly what: string;
  /** A tick. */
  readonly at: number;
  /** What is told then, in the order of the alphabet. */
  readonly told: readonly string[];
}

export const STORY: readonly Chapter[] = [
  { what: "all is well", at: tickFrom(STRIKE), told: [] },
  { what: "its first deadline passes", at: tickFrom(DEADLINE), told: ["warning upload.late opened"] },
  { what: "a second block is missing", at: tickFrom(DEADLINE + 2 * HOUR), told: [] },
  { what: "a third is", at: tickFrom(DEADLINE + 4 * HOUR), told: ["critical upload.late updated"] },
  { what: "nothing came for a day", at: tickFrom(NEWEST + DAY) + TICK, told: ["critical upload.silent opened"] },
  {
    what: "it comes back with all that it had",
    at: tickFrom(BACK) + TICK,
    told: ["critical upload.late resolved", "critical upload.silent resolved"],
  },
  {
    what: "a rewritten block is there beside its original",
    at: tickFrom(FIRST_COPY + VISIBLE),
    told: ["critical compactor.will-halt opened"],
  },
  { what: "it is deleted", at: tickFrom(FIRST_COPY + LASTS), told: ["critical compactor.will-halt resolved"] },
  {
    what: "it is there again soon after",
    at: tickFrom(SECOND_COPY + VISIBLE),
    told: ["critical compactor.will-halt reopened"],
  },
  { what: "it is deleted again", at: tickFrom(SECOND_COPY + LASTS), told: [] },
  { what: "it is there a third time", at: tickFrom(THIRD_COPY + VISIBLE), told: [] },
  { what: "it is deleted for good", at: tickFrom(THIRD_COPY + LASTS), told: [] },
  {
    what: "it has been gone for half an hour",
    at: tickFrom(THIRD_COPY + LASTS + 30 * MINUTE),
    told: ["critical compactor.will-halt resolved"],
  },
];

const buckets = new Map<number, Bucket>();

/** The bucket as it is at `now`. */
export function bucketOfStory(now: number): Bucket {
  const known = buckets.get(now) ?? bucketAt(WORLD, now);
  buckets.set(now, known);
  return known;
}
