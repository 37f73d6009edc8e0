import { type BlockSpec, blockObjects, DAY, HOUR, MINUTE, ulidOf } from "#test/packages/blocks/factory";
import { CALM, compactedBy, STRIKE } from "#test/packages/blocks/faults/calm";
import { during, type Fault, markObject, strangeUlid, type World, written } from "#test/packages/blocks/faults/fault";
import type { LivedBlock, Producer } from "#test/packages/blocks/healthy-fleet";

const VISIBLE = 30 * MINUTE;
const GIB = 2 ** 30;
const GRID = STRIKE - 40 * DAY - ((STRIKE - 40 * DAY) % (14 * DAY));

/** Of nobody's stream, as tools put it there; the `index`th of 2 h after 40 d ago. */
function toolBlock(index: number, rest: Partial<BlockSpec> = {}): BlockSpec {
  return {
    ...{ min: GRID + index * 2 * HOUR, max: GRID + (index + 1) * 2 * HOUR, labels: { tool: "backfill" } },
    ...{ ulid: strangeUlid(STRIKE, `P${index}`), source: "bucket.upload", uploaded: STRIKE },
    ...rest,
  };
}

function beside(specs: readonly BlockSpec[], lasts = HOUR): World {
  return [...CALM, ...during(specs.flatMap(blockObjects), STRIKE + lasts)];
}

/** When the second head after the end of a window at `end` can be compacted, of the first of these streams. */
function eligible(lives: readonly LivedBlock[], end: number, isOf: (labels: Producer["labels"]) => boolean): number {
  const witnesses = lives.filter(({ spec }) => spec.level === undefined && spec.max === end + 4 * HOUR);
  return witnesses
    .filter(({ spec }) => isOf(spec.labels ?? {}))
    .reduce((first, { from }) => Math.min(first, from + VISIBLE), Number.POSITIVE_INFINITY);
}

const SHARED = strangeUlid(STRIKE, "S");
/** The last end of a window of 8 h before `STRIKE`: it is to be compacted an hour after. */
const WINDOW = STRIKE - (STRIKE % (8 * HOUR));
const ALL = () => true;

const standing = compactedBy({ works: (now) => now < STRIKE || now > STRIKE + 28 * HOUR });
const passing = ({ cluster, replica }: Producer["labels"]) => cluster === "a" && replica === "1";
const oneLeftOut = compactedBy({
  compacts: (labels, now) => !passing(labels) || now < STRIKE || now > STRIKE + 52 * HOUR,
});
const slow = ({ cluster, replica }: Producer["labels"]) => cluster === "b" || replica === "1";
const threeLeftOut = compactedBy({
  compacts: (labels, now) => !slow(labels) || now < STRIKE || now > STRIKE + 30 * HOUR,
});

export const PACE_FAULTS: readonly Fault[] = [
  {
    id: "compactor.stalled",
    severity: "warning",
    what: "the compactor is down for a day",
    world: written(standing),
    from: eligible(standing, WINDOW, ALL) + 6 * HOUR + 1,
    alongside: ["compactor.lag"],
    mended: STRIKE + 30 * HOUR,
  },
  {
    id: "compactor.stalled",
    severity: "critical",
    what: "the compactor is down for longer than a day",
    world: written(standing),
    from: eligible(standing, WINDOW, ALL) + 24 * HOUR + 1,
    alongside: ["compactor.lag", "compactor.backlog", "delete.overdue", "downsample.lag5m"],
    mended: STRIKE + 30 * HOUR,
  },
  {
    id: "compactor.lag",
    severity: "warning",
    what: "one stream is left out by every compactor",
    world: written(oneLeftOut),
    from: eligible(oneLeftOut, WINDOW, passing) + 6 * HOUR + 1,
    mended: STRIKE + 54 * HOUR,
  },
  {
    id: "compactor.lag",
    severity: "critical",
    what: "one stream is left out for two days",
    world: written(oneLeftOut),
    from: eligible(oneLeftOut, WINDOW, passing) + 48 * HOUR + 1,
    mended: STRIKE + 54 * HOUR,
  },
  {
    id: "compactor.backlog",
    severity: "warning",
    what: "three of four streams are left out",
    world: written(threeLeftOut),
    // 3 windows of each, then one of 2 d, then the 13th.
    from: eligible(threeLeftOut, WINDOW + 24 * HOUR, slow),
    alongside: ["compactor.lag", "downsample.lag5m"],
    mended: STRIKE + 32 * HOUR,
  },
  {
    id: "compactor.will-halt",
    severity: "critical",
    what: "blocks that are to be compacted together have sources in common",
    world: beside(
      Array.from({ length: 6 }, (_, index) =>
        toolBlock(index, { sources: [SHARED, strangeUlid(STRIKE, `S${index}`)] }),
      ),
    ),
    from: STRIKE + VISIBLE,
    mended: STRIKE + HOUR,
  },
  {
    id: "compactor.index-limit",
    severity: "warning",
    what: "two blocks of 2 d have indexes of 23 GiB each",
    world: beside([
      toolBlock(0, { max: GRID + 48 * HOUR, indexSize: 23 * GIB }),
      toolBlock(24, { max: GRID + 96 * HOUR, indexSize: 23 * GIB }),
    ]),
    from: STRIKE + VISIBLE,
    mended: STRIKE + HOUR,
  },
  {
    id: "compactor.churn",
    severity: "critical",
    what: "a block is compacted for its tombstones",
    world: beside([toolBlock(0, { max: GRID + 8 * HOUR, tombstones: 7 }), toolBlock(5)]),
    from: STRIKE + VISIBLE,
    mended: STRIKE + HOUR,
  },
  {
    id: "compactor.churn",
    severity: "warning",
    what: "a tool uploads heads without samples",
    world: beside(Array.from({ length: 7 }, (_, index) => toolBlock(index, { samples: 0 }))),
    from: STRIKE + VISIBLE,
    alongside: ["block.empty"],
    mended: STRIKE + HOUR,
  },
  {
    id: "compactor.churn",
    severity: "warning",
    what: "a block is compacted every ten minutes",
    world: remade(),
    // More than 3 times 4.2 in a day.
    from: STRIKE + 12 * 10 * MINUTE,
    mended: STRIKE + 4 * HOUR,
  },
  {
    id: "compactor.sync-risk",
    severity: "warning",
    what: "a backfill brings many blocks",
    settings: { thresholds: { syncBlocks: blocksAt(CALM, STRIKE) + 20 } },
    world: beside(Array.from({ length: 20 }, (_, index) => toolBlock(index))),
    from: STRIKE,
    mended: STRIKE + HOUR,
  },
];

/** One head, and its copies as a compactor makes them. */
function remade(): World {
  const head = toolBlock(0);
  const until = STRIKE + 4 * HOUR;
  const copies = Array.from({ length: 15 }, (_, index) => {
    const at = STRIKE + index * 10 * MINUTE;
    const ulid = strangeUlid(at, `R${index}`);
    const copy = toolBlock(0, { ulid, source: "compactor", level: 2, sources: [ulidOf(head)], uploaded: at });
    return [...blockObjects(copy), markObject(ulid, "deletion", { at: at + 1000, details: "outdated block" })];
  });
  return [...CALM, ...during([...blockObjects(head), ...copies.flat()], until)];
}

function blocksAt(world: World, now: number): number {
  const isThere = ({ lastModified, until = Number.POSITIVE_INFINITY }: World[number]) =>
    lastModified <= now && until > now;
  return new Set(world.filter(isThere).map(({ key }) => key.split("/")[0])).size;
}
