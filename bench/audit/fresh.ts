import type { FleetBlock } from "#bench/audit/fleet";
import { seeded, ulidOf } from "#bench/audit/seeded";

const HEAD = 7_200_000;

/** The next head of each stream of a fleet, and of the first ones once more, until there are so many. */
export function freshBlocks(fleet: readonly FleetBlock[], count: number): readonly FleetBlock[] {
  const heads = fleet.filter(({ meta, mark }) => meta.level === 1 && mark === null);
  const newest = heads.reduce((last, { meta }) => Math.max(last, meta.maxTime), 0);
  const last = heads.filter(({ meta }) => meta.maxTime === newest);
  const random = seeded(count);
  return Array.from({ length: count }, (_, index) => {
    const { meta } = last[index % last.length] ?? throwEmpty();
    const later = HEAD * (1 + Math.floor(index / last.length));
    const ulid = ulidOf((meta.uploadTime ?? meta.maxTime) + later, random);
    const times = { minTime: meta.minTime + later, maxTime: meta.maxTime + later };
    return {
      meta: { ...meta, ...times, ulid, sources: [ulid], uploadTime: meta.uploadTime && meta.uploadTime + later },
      mark: null,
    };
  });
}

function throwEmpty(): never {
  throw new RangeError("the fleet has no stream");
}
