import { at, DAY, HOUR } from "#test/packages/blocks/factory";
import { type World, written } from "#test/packages/blocks/faults/fault";
import {
  type Compactor,
  type LivedBlock,
  liveThrough,
  type Producer,
  randomFrom,
} from "#test/packages/blocks/healthy-fleet";

/** When a fault strikes the healthy fleet. */
export const STRIKE = at("2026-11-20T12:30:00Z");
/** The fleet has a past of a month, or, where that does not matter, of some days. */
const LONG_AGO = at("2026-10-22T00:00:00Z");
const RECENTLY = at("2026-11-16T00:00:00Z");

/** The producer with these labels, as healthy as the others but for `fault`. */
export function producer(
  cluster: string,
  replica: string,
  fault: Partial<Omit<Producer, "labels" | "restarts">> = {},
): Producer {
  return {
    ...{ labels: { cluster, replica }, source: "sidecar", start: RECENTLY, phase: 0, restarts: [] },
    ...fault,
  };
}

/** Two clusters of two replicas each; those of `changed` in place of, or beside, their namesakes. */
export function fleetWith(...changed: readonly Producer[]): readonly Producer[] {
  const isChanged = ({ labels }: Producer) =>
    changed.some((one) => JSON.stringify(one.labels) === JSON.stringify(labels));
  return [...usual(RECENTLY).filter((one) => !isChanged(one)), ...changed];
}

function usual(start: number): readonly Producer[] {
  return ["a", "b"].flatMap((cluster) => ["0", "1"].map((replica) => producer(cluster, replica, { start })));
}

/** The blocks of a life of that fleet and one compactor, until so long after `STRIKE`. */
export function livesOf(
  producers: readonly Producer[],
  after = 2 * DAY,
  compactor: Compactor = {},
): readonly LivedBlock[] {
  return liveThrough(producers, STRIKE + after, randomFrom(1), compactor);
}

/** The usual fleet, with a compactor that has a fault. */
export function compactedBy(
  compactor: Compactor,
  { after = 4 * DAY, hasPast = false }: { readonly after?: number; readonly hasPast?: boolean } = {},
): readonly LivedBlock[] {
  return livesOf(usual(hasPast ? LONG_AGO : RECENTLY), after, compactor);
}

export function worldOf(producers: readonly Producer[], after?: number): World {
  return written(livesOf(producers, after));
}

/** The healthy fleet, with its long past. */
export const LIVES = livesOf(usual(LONG_AGO), 9 * DAY);
export const CALM = written(LIVES);

/** Nothing arrives from `STRIKE` on for so long; then all of it at once. */
export function outage(lasts: number, from = STRIKE): (due: number) => number {
  return (due) => (due < from || due > from + lasts ? due : from + lasts + Math.round((due - from) / HOUR));
}

/** A compacted raw block that is live around `STRIKE` and for days after. */
export function settledBlock(labels: Readonly<Record<string, string>> = { cluster: "a", replica: "0" }): LivedBlock {
  const found = LIVES.find(
    ({ spec, from, marked }) =>
      JSON.stringify(spec.labels) === JSON.stringify(labels) &&
      spec.source === "compactor" &&
      spec.resolution === undefined &&
      from < STRIKE - DAY &&
      (marked?.at ?? Number.POSITIVE_INFINITY) > STRIKE + 7 * DAY,
  );
  if (found === undefined) throw new Error("the healthy fleet has no such block");
  return found;
}
