import { at, DAY, HOUR } from "#test/packages/blocks/factory";
import { type World, written } from "#test/packages/blocks/faults/fault";
import { type LivedBlock, liveThrough, type Producer, randomFrom } from "#test/packages/blocks/healthy-fleet";

/** When the healthy fleet begins, when a fault strikes it, and when the story is over. */
export const BEGIN = at("2026-10-22T00:00:00Z");
export const STRIKE = at("2026-11-20T12:30:00Z");
const END = STRIKE + 9 * DAY;

/** The producer with these labels, as healthy as the others but for `fault`. */
export function producer(
  cluster: string,
  replica: string,
  fault: Partial<Omit<Producer, "labels" | "restarts">> = {},
): Producer {
  return {
    ...{ labels: { cluster, replica }, source: "sidecar", start: BEGIN, phase: 0, restarts: [] },
    ...fault,
  };
}

/** Two clusters of two replicas each; those of `changed` in place of, or beside, their namesakes. */
export function fleetWith(...changed: readonly Producer[]): readonly Producer[] {
  const usual = [producer("a", "0"), producer("a", "1"), producer("b", "0"), producer("b", "1")];
  const isChanged = ({ labels }: Producer) =>
    changed.some((one) => JSON.stringify(one.labels) === JSON.stringify(labels));
  return [...usual.filter((one) => !isChanged(one)), ...changed];
}

/** The blocks of a life of that fleet and one compactor. */
export function livesOf(producers: readonly Producer[], compactorEnd?: number): readonly LivedBlock[] {
  return liveThrough(producers, END, randomFrom(1), compactorEnd);
}

export function worldOf(producers: readonly Producer[], compactorEnd?: number): World {
  return written(livesOf(producers, compactorEnd));
}

/** The healthy fleet. */
export const LIVES = livesOf(fleetWith());
export const CALM = written(LIVES);

/** Nothing arrives from `STRIKE` on for so long; then all of it at once. */
export function outage(lasts: number, from = STRIKE): (due: number) => number {
  return (due) => (due < from || due > from + lasts ? due : from + lasts + (due - from) / HOUR);
}

/** A compacted raw block that is live around `STRIKE` and for days after. */
export function settledBlock(labels: Readonly<Record<string, string>> = { cluster: "a", replica: "0" }): LivedBlock {
  const found = LIVES.find(
    ({ spec, from, marked }) =>
      JSON.stringify(spec.labels) === JSON.stringify(labels) &&
      spec.source === "compactor" &&
      spec.resolution === undefined &&
      from < STRIKE - DAY &&
      (marked?.at ?? END) > STRIKE + 7 * DAY,
  );
  if (found === undefined) throw new Error("the healthy fleet has no such block");
  return found;
}
