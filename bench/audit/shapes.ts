import { type FleetBlock, fleetBlocks, NOW, yearOldFleet } from "#bench/audit/fleet";
import { seeded, ulidOf } from "#bench/audit/seeded";
import type { Labels } from "#blocks/block/labels";

const HOUR = 3_600_000;
const HEAD = 2 * HOUR;

/** Buckets that an audit could be slow in, each of so many blocks; by their names. */
export const SHAPES = {
  "a fleet of a year": (blocks: number) => fleetBlocks(yearOldFleet(blocks)),
  "one stream that is never compacted": (blocks: number) => heads({ blocks, streams: 1, ago: 0 }),
  "streams of ten blocks": (blocks: number) => heads({ blocks, streams: Math.ceil(blocks / 10), ago: 0 }),
  "such streams, all silent": (blocks: number) => heads({ blocks, streams: Math.ceil(blocks / 10), ago: 30 * HOUR }),
  "one group that all overlaps": (blocks: number) => overlapping(blocks),
  "all marked": (blocks: number) => marked(fleetBlocks(yearOldFleet(blocks))),
} as const satisfies Readonly<Record<string, (blocks: number) => Iterable<FleetBlock>>>;
export type ShapeName = keyof typeof SHAPES;

export function isShape(name: string): name is ShapeName {
  return Object.hasOwn(SHAPES, name);
}

function* heads(of: {
  readonly blocks: number;
  readonly streams: number;
  readonly ago: number;
}): Generator<FleetBlock> {
  const each = Math.ceil(of.blocks / of.streams);
  const random = seeded(of.streams);
  const end = Math.floor((NOW - HEAD - of.ago) / HEAD) * HEAD;
  for (let stream = 0; stream < of.streams; stream += 1) {
    const labels = { cluster: `cluster-${stream >> 1}`, prometheus_replica: `${stream % 2}`, region: `r${stream % 7}` };
    for (let age = each - 1; age >= 0; age -= 1) {
      const to = end - age * HEAD;
      yield head({ labels, from: to - HEAD, to, random });
    }
  }
}

interface Head {
  readonly labels: Labels;
  readonly from: number;
  readonly to: number;
  readonly random: () => number;
}

function head({ labels, from, to, random }: Head): FleetBlock {
  const ulid = ulidOf(to + HOUR, random);
  return {
    meta: {
      ...{ ulid, minTime: from, maxTime: to, labels, sources: [ulid], level: 1, resolution: 0, source: "sidecar" },
      ...{ samples: 1_000 + Math.floor(random() * 1_000), series: 100, chunks: 200, tombstones: 0, failed: false },
      ...{
        parents: NONE,
        rewritten: NONE,
        rewrittenFrom: NONE,
        parentGaps: NONE,
        parentsOverlap: false,
        hints: NONE,
        files: FILES,
        uploadTime: to + HOUR + 30_000,
      },
    },
    mark: null,
  };
}

const NONE: readonly never[] = [];
const FILES = [
  { path: "chunks/000001", size: 100 },
  { path: "index", size: 200 },
];

/** Each is longer than the one before it by a second on both sides. */
function* overlapping(blocks: number): Generator<FleetBlock> {
  const random = seeded(blocks);
  const middle = NOW - 60 * 24 * HOUR;
  for (let index = 0; index < blocks; index += 1) {
    const half = HOUR + index * 1_000;
    yield head({ labels: { cluster: "a" }, from: middle - half, to: middle + half, random });
  }
}

/** By retention: marks of any other kind would be a finding each. */
function* marked(blocks: Iterable<FleetBlock>): Generator<FleetBlock> {
  for (const { meta } of blocks) {
    const time = Math.max(NOW - 36 * HOUR, meta.uploadTime ?? 0);
    yield { meta, mark: { time, details: "block exceeding retention of 720h0m0s" } };
  }
}
