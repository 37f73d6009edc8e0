import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { byStreamOf } from "#blocks/groups/by-stream";
import { inferSettings } from "#blocks/infer";
import type { RecordedObject } from "#local/recorded-bucket";
import { found, NOON, NOW } from "#test/packages/blocks/checks/found";
import {
  type BlockSpec,
  blockObjects,
  bucketOf,
  HOUR,
  headBlocks,
  MINUTE,
  object,
  readableOf,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const HEADS = headBlocks(NOON, 6);
const MADE = ulidAt(NOW - HOUR, "M");

/** What a compactor made of these. */
function compacted(specs: readonly BlockSpec[], rest: Partial<BlockSpec> = {}): BlockSpec {
  return {
    ...{ min: specs[0]?.min ?? 0, max: specs.at(-1)?.max ?? 0, level: 2, source: "compactor", ulid: MADE },
    sources: specs.map(ulidOf),
    parents: specs.map((spec) => ({ ulid: ulidOf(spec), minTime: spec.min, maxTime: spec.max })),
    ...rest,
  };
}

/** Of these blocks. */
function inferred(specs: readonly BlockSpec[], given: Parameters<typeof settingsOf>[0] = {}) {
  return inferSettings(byStreamOf(specs.map(readableOf)), settingsOf(given));
}

async function rulesOf(objects: readonly RecordedObject[], given: Parameters<typeof settingsOf>[0] = {}) {
  const { rules } = await auditBucket({ bucket: bucketOf(objects), settings: settingsOf(given), now: new Date(NOW) });
  const settings = Object.fromEntries(rules.settings.map(({ name, value, origin }) => [name, `${value}, ${origin}`]));
  return { ...rules, settings, all: rules.settings };
}

describe("vertical compaction", () => {
  const early = headBlocks(NOON - 12 * HOUR, 2);
  const overlapping = early.map((spec) => ({ ...spec, max: spec.max + HOUR }));

  it("is on where a compactor merged blocks that overlap", () => {
    const of = inferred([...HEADS, compacted(overlapping)]);
    expect(of.settings.verticalCompaction).toBe(true);
    expect(of.verticalCompactionFrom).toBe(MADE);
  });

  it.each([
    { what: "what was merged lies side by side", specs: [...HEADS, compacted(early)], given: {} },
    { what: "Prometheus merged it", specs: [...HEADS, compacted(overlapping, { source: "sidecar" })], given: {} },
    {
      what: "the settings say so",
      specs: [...HEADS, compacted(overlapping)],
      given: { verticalCompaction: false },
    },
  ])("is off where $what", ({ specs, given }) => {
    const of = inferred(specs, given);
    expect([of.settings.verticalCompaction, of.verticalCompactionFrom]).toEqual([false, undefined]);
  });

  it("makes an overlap an info and no halt", async () => {
    const [head] = HEADS;
    const twin = { ...(head ?? { min: 0, max: 1 }), hints: ["from-out-of-order"], ulid: ulidAt(NOW - 2 * HOUR, "T") };
    const specs = [...HEADS, twin];
    expect(await found("compactor.will-halt", { specs })).toHaveLength(1);
    expect(await found("compactor.will-halt", { specs: [...specs, compacted(overlapping)] })).toEqual([]);
  });
});

describe("the replica labels that the compactor takes off", () => {
  const two = [...HEADS, ...headBlocks(NOON, 6, { labels: { cluster: "a", replica: "1" } })];

  it("are those that its blocks lack and their heads have", () => {
    const of = inferred([...two, compacted(HEADS.slice(0, 4), { labels: { cluster: "a" } })]);
    expect(of.settings.deduplicationReplicaLabels).toEqual(["replica"]);
    expect(of.deduplicationFrom).toBe(MADE);
  });

  it.each([
    { what: "its blocks have them", rest: {} },
    { what: "its blocks are of nobody", rest: { labels: { cluster: "z" } } },
    { what: "a tool made them", rest: { labels: { cluster: "a" }, source: "bucket.upload" } },
  ])("are none where $what", ({ rest }) => {
    expect(inferred([...two, compacted(HEADS.slice(0, 4), rest)]).settings.deduplicationReplicaLabels).toEqual([]);
  });

  it("are none where a producer has no replica label by itself", () => {
    const single = headBlocks(NOON, 6, { labels: { cluster: "a" } });
    const of = inferred([...two, ...single, compacted(single.slice(0, 4), { labels: { cluster: "a" } })]);
    expect(of.settings.deduplicationReplicaLabels).toEqual([]);
  });

  it("are what was given", () => {
    const whole = compacted(HEADS.slice(0, 4), { labels: { cluster: "a" } });
    const of = inferred([...two, whole], { deduplicationReplicaLabels: [] });
    expect(of.settings.deduplicationReplicaLabels).toEqual([]);
  });
});

describe("the report", () => {
  const objects = HEADS.flatMap(blockObjects);

  it("tells of each setting whether it was given, inferred or is the default", async () => {
    const { settings } = await rulesOf(objects, { deleteDelay: "24h", expectedClusters: [{ cluster: "a" }] });
    expect(settings).toEqual({
      replicaLabels: "replica, inferred",
      uploadSlack: "15 m, default",
      verticalCompaction: "off, default",
      deduplicationReplicaLabels: "none, default",
      deleteDelay: "24 h, given",
      retention: "raw for ever, 5m for ever, 1h for ever, default",
      blockRange: "2 h, inferred",
      expectedClusters: "1 cluster, given",
    });
  });

  it("tells what slack was learned, of which streams and from how many uploads", async () => {
    const slow = headBlocks(NOON, 14).map((spec) => ({ ...spec, uploaded: spec.max + HOUR + 19 * MINUTE }));
    const other = headBlocks(NOON, 14, { labels: { cluster: "b" } });
    const asked = { bucket: bucketOf([...slow, ...other].flatMap(blockObjects)), now: new Date(NOW) };
    const { rules, streams } = await auditBucket({ ...asked, settings: settingsOf() });

    expect(rules.settings.find(({ name }) => name === "uploadSlack")).toEqual({
      name: "uploadSlack",
      value: "15 m, and up to 41 m for 1 stream",
      origin: "inferred",
      from: "how long their uploads take",
    });
    expect(streams.map(({ labels, slack, expected }) => [labels.cluster, slack, expected])).toEqual([
      ["a", { ms: 41 * MINUTE, origin: "inferred", uploads: 14 }, "2026-11-20T15:19:00Z"],
      ["b", { ms: 15 * MINUTE, origin: "default", uploads: 14 }, "2026-11-20T15:00:00Z"],
    ]);
  });

  it("tells what retentions the compactor's marks show", async () => {
    const [first] = HEADS;
    const ulid = first === undefined ? "" : ulidOf(first);
    const details = "block exceeding retention of 720h0m0s";
    const mark = JSON.stringify({ id: ulid, version: 1, deletion_time: Math.floor(NOW / 1000), details });
    const { all } = await rulesOf([...objects, object(`${ulid}/deletion-mark.json`, mark, NOW)]);
    expect(all.find(({ name }) => name === "retention")).toEqual({
      name: "retention",
      value: "raw 720 h, 5m for ever, 1h for ever",
      origin: "inferred",
      from: "the details of the compactor's deletion marks",
    });
  });

  it.each([
    { thanosVersion: "0.35.1", holds: false },
    { thanosVersion: "0.36.0", holds: true },
    { thanosVersion: "v0.42.4", holds: true },
    { thanosVersion: "0.42.5-rc.0", holds: true },
    { thanosVersion: "0.42.6", holds: false },
    { thanosVersion: "1.0", holds: false },
  ])("tells whether its rules hold for Thanos $thanosVersion", async ({ thanosVersion, holds }) => {
    const { thanos } = await rulesOf(objects, { thanosVersion });
    expect(thanos).toEqual({ first: "0.36.0", last: "0.42.5", known: thanosVersion, holds });
  });

  it("does not claim to know a version that nobody told", async () => {
    expect((await rulesOf(objects)).thanos).toMatchObject({ known: null, holds: null });
  });
});
