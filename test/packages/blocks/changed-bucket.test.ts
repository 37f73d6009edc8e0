import { describe, expect, it } from "vitest";
import type { RecordedObject } from "#local/recorded-bucket";
import {
  blockOf,
  changed,
  HEALTHY,
  head,
  heads,
  NOW,
  type RecordedMeta,
  told,
  withChanged,
  without,
} from "#test/packages/blocks/changed-bucket";
import { DAY, HOUR, MINUTE, object, ulidAt } from "#test/packages/blocks/factory";
import { markObject } from "#test/packages/blocks/faults/fault";

interface Case {
  readonly what: string;
  readonly objects: readonly RecordedObject[];
  readonly settings?: object;
  /** All that is told, and nothing else. */
  readonly ids: readonly string[];
}

/** 14 d of one Prometheus; the blocks that it was made of wait for their deletion. */
const WHOLE = blockOf("01M7S5FPEB39R0FXTKC3PHK5J9");
/** The 14 d before it, at 5 m. */
const FIVE_MINUTES = blockOf("01M6N4V413QWQPAS6ZTT5WE9JW");
const [OLDEST, BEFORE] = ["01M5H2C9K57REZQPD5V574MSZF", "01M6N3YNVSGMFQH06HZKDGZ0E5"].map(blockOf);
const BOTH = [...heads("prod-a", "0"), ...heads("prod-a", "1")];
const noExpectation = { expectedClusters: [] };

function beside(...objects: readonly RecordedObject[]): readonly RecordedObject[] {
  return [...HEALTHY, ...objects];
}

function marked(ulid: string, age: number, details: string): RecordedObject {
  return markObject(ulid, "deletion", { at: NOW - age, details });
}

function kept(kind: "no-compact" | "no-downsample", age: number, reason: string): readonly RecordedObject[] {
  return beside(markObject(WHOLE.ulid, kind, { at: NOW - age, reason }));
}

/** As if from the hour on the producers of prod-a had these labels. */
function relabelled(from: number, labels: object): readonly RecordedObject[] {
  const later = BOTH.filter(({ meta }) => meta.minTime >= Date.parse("2026-11-20T00:00:00Z") + from * HOUR);
  return withChanged(later, () => ({
    meta: ({ thanos }) => thanosOf(thanos, { labels: { ...thanos.labels, ...labels } }),
  }));
}

function thanosOf(thanos: RecordedMeta["thanos"], change: object): object {
  return { thanos: { ...thanos, ...change } };
}

const SILENT_FOR_A_BLOCK = new Set([head("prod-a", "0", 6).ulid, head("prod-a", "1", 6).ulid]);

const UPLOADS: readonly Case[] = [
  { what: "nothing is changed", objects: HEALTHY, ids: [] },
  {
    what: "a head of both replicas is lost",
    objects: without(head("prod-a", "0", 4), head("prod-a", "1", 4)),
    ids: ["critical upload.gap", "critical upload.gap"],
  },
  { what: "a head of one replica is lost", objects: without(head("prod-a", "0", 4)), ids: ["info upload.gap"] },
  {
    what: "uploads take 45 m",
    objects: withChanged(heads("prod-a", "0", 2, 10), ({ meta }) => ({ written: meta.maxTime + 106 * MINUTE })),
    ids: ["warning upload.slow"],
  },
  {
    what: "uploads take 45 m, and no meta.json tells",
    objects: withChanged(heads("prod-a", "0", 2, 10), ({ meta }) => ({
      written: meta.maxTime + 106 * MINUTE,
      meta: ({ thanos }) => thanosOf(thanos, { upload_time: "0001-01-01T00:00:00Z" }),
    })),
    ids: ["warning upload.slow"],
  },
  {
    what: "the clock is a quarter of an hour ahead",
    objects: withChanged(heads("prod-a", "0"), ({ meta }) => ({ cut: meta.maxTime + 75 * MINUTE })),
    ids: ["critical clock.skew"],
  },
  {
    what: "heads are cut 20 m after their end",
    objects: withChanged(heads("prod-a", "0"), ({ meta }) => ({
      cut: meta.maxTime + 20 * MINUTE,
      written: meta.maxTime + 21 * MINUTE,
    })),
    ids: ["warning clock.skew"],
  },
  {
    what: "a stream is dead, and has an out-of-order block that ends in the future",
    objects: [
      ...without(...heads("prod-a", "0", 10, 12)),
      ...changed(head("prod-a", "0", 8), {
        cut: NOW - 11 * MINUTE,
        written: NOW - 10 * MINUTE,
        meta: ({ compaction, minTime, maxTime }) => ({
          ...{ minTime: minTime + 6 * HOUR, maxTime: maxTime + 6 * HOUR },
          compaction: { ...compaction, hints: ["from-out-of-order"] },
        }),
      }),
    ],
    ids: ["warning upload.late", "warning upload.replica-late"],
  },
];

const LABELS: readonly Case[] = [
  {
    what: "a region is renamed",
    objects: relabelled(4, { region: "eu-central-1" }),
    settings: noExpectation,
    ids: ["warning labels.changed", "warning labels.changed"],
  },
  {
    what: "a label is added",
    objects: relabelled(4, { team: "x" }),
    settings: noExpectation,
    ids: ["warning labels.changed", "warning labels.changed"],
  },
  {
    what: "a cluster is renamed, and a head lost with the old Prometheus",
    objects: relabelled(6, { cluster: "prod-n" }).filter(({ key }) => !SILENT_FOR_A_BLOCK.has(key.slice(0, 26))),
    settings: noExpectation,
    ids: ["warning labels.changed", "warning labels.changed"],
  },
  {
    what: "a cluster joins",
    objects: beside(
      ...changed(head("prod-a", "0", 12), {
        cut: NOW - 10 * MINUTE,
        meta: ({ thanos }) => thanosOf(thanos, { labels: { cluster: "prod-n", prometheus_replica: "0" } }),
      }),
    ),
    ids: [],
  },
];

const BLOCK_FAULTS: readonly Case[] = [
  {
    what: "a meta.json is of version 2",
    objects: withChanged([head("prod-a", "0", 4)], () => ({ meta: () => ({ version: 2 }) })),
    ids: ["critical block.version", "info upload.gap"],
  },
  {
    what: "a meta.json has a day that does not exist",
    objects: withChanged([head("prod-a", "0", 4)], () => ({
      meta: ({ thanos }) => thanosOf(thanos, { upload_time: "2026-02-30T00:00:00Z" }),
    })),
    ids: ["critical block.meta-corrupt", "info upload.gap"],
  },
  {
    what: "a block is there under a ULID in lower case",
    objects: beside(object(`${ulidAt(NOW - DAY, "ABC").toLowerCase()}/meta.json`, "{}", NOW - DAY)),
    ids: ["info bucket.junk"],
  },
  {
    what: "a block directory has files that no Thanos knows",
    objects: beside(
      object(`${WHOLE.ulid}/index.cache.json`, 9, NOW - DAY),
      object(`${WHOLE.ulid}/tombstones`, 9, NOW - DAY),
      object(`${WHOLE.ulid}/chunks/`, 0, NOW - DAY),
    ),
    ids: [],
  },
  {
    what: "an old meta.json names a segment that is not there",
    objects: withChanged([WHOLE], () => ({
      meta: ({ thanos }) => thanosOf(thanos, { files: [], segment_files: ["000001", "000002"] }),
    })),
    ids: ["critical block.incomplete"],
  },
  {
    what: "nobody told when anything was uploaded",
    objects: withChanged([...BOTH, WHOLE], () => ({
      meta: ({ thanos: { upload_time, ...thanos } }) => ({ thanos }),
    })),
    ids: [],
  },
];

const MARKS: readonly Case[] = [
  {
    what: "somebody marks 14 d, all that was made of what is marked already",
    objects: beside(marked(WHOLE.ulid, 2 * HOUR, "cleanup")),
    ids: ["info delete.marked-fresh", "warning delete.uncovered"],
  },
  {
    what: "Thanos marks 14 d",
    objects: beside(marked(WHOLE.ulid, 2 * HOUR, "source of compacted block")),
    ids: ["critical delete.uncovered"],
  },
  {
    what: "Thanos has marked 14 d this moment",
    objects: beside(marked(WHOLE.ulid, MINUTE, "source of compacted block")),
    ids: [],
  },
  {
    what: "a mark is empty",
    objects: beside(object(`${WHOLE.ulid}/deletion-mark.json`, "", NOW - HOUR)),
    ids: [],
  },
  {
    what: "retention marks one block, and what it says is over for another",
    objects: beside(
      marked(OLDEST?.ulid ?? "", 20 * HOUR, "block exceeding retention of 360h0m0s"),
      marked(BEFORE?.ulid ?? "", 3 * HOUR, "source of compacted block"),
    ),
    settings: { retention: undefined },
    // Those of the other streams.
    ids: ["warning retention.overdue"],
  },
  { what: "a mark by hand is 5 d old", objects: kept("no-compact", 5 * DAY, "manual"), ids: [] },
  {
    what: "a mark by hand is 40 d old",
    objects: kept("no-compact", 40 * DAY, "manual"),
    ids: ["warning compactor.no-compact-mark"],
  },
  {
    what: "an index was too large",
    objects: kept("no-compact", HOUR, "index-size-exceeding"),
    ids: ["warning compactor.no-compact-mark"],
  },
  {
    what: "downsampling is forbidden for 40 d",
    objects: kept("no-downsample", 40 * DAY, "manual"),
    ids: ["info downsample.marked"],
  },
];

const COMPACTION: readonly Case[] = [
  {
    what: "a head comes for a window that was compacted",
    objects: beside(
      ...changed(head("prod-a", "0", 2), {
        cut: Date.parse("2026-11-19T21:00:09Z"),
        written: NOW - HOUR,
        meta: ({ minTime, maxTime }) => ({ minTime: minTime - 6 * HOUR, maxTime: maxTime - 6 * HOUR }),
      }),
    ),
    ids: ["critical compactor.will-halt", "critical overlap.d-late-upload", "warning upload.out-of-order"],
  },
  {
    what: "an out-of-order block came 20 m ago, which the compactor does not see yet",
    objects: beside(
      ...changed(head("prod-a", "0", 2), {
        ...{ cut: NOW - 21 * MINUTE, written: NOW - 20 * MINUTE },
        meta: ({ compaction }) => ({ compaction: { ...compaction, hints: ["from-out-of-order"] } }),
      }),
    ),
    ids: [],
  },
  {
    what: "14 d have no 5 m samples",
    objects: without(FIVE_MINUTES),
    ids: ["warning downsample.hole", "warning downsample.missing"],
  },
  {
    what: "raw blocks should have gone a week ago",
    objects: HEALTHY,
    settings: { retention: { raw: "20d" } },
    ids: ["warning retention.overdue"],
  },
  {
    what: "retention leaves no time to make 1 h samples",
    objects: HEALTHY,
    settings: { retention: { raw: "7d", "5m": "10d" } },
    ids: ["critical retention.misconfig", "warning retention.overdue"],
  },
];

describe.each([
  { of: "uploads", cases: UPLOADS },
  { of: "labels", cases: LABELS },
  { of: "blocks", cases: BLOCK_FAULTS },
  { of: "marks", cases: MARKS },
  { of: "compaction", cases: COMPACTION },
])("the recorded healthy bucket, changed in one thing: $of", ({ cases }) => {
  it.each(cases)("$what", async ({ objects, settings, ids }) => {
    expect(await told(objects, settings)).toEqual(ids);
  });
});
