import { describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { groupKeys } from "#blocks/block/group-key";
import { deletionOf } from "#blocks/compactor/deletion";
import { downsamplingFate } from "#blocks/compactor/downsampling-fate";
import { compactionFate } from "#blocks/compactor/fate";
import { type BucketModel, bucketModel } from "#blocks/model";
import {
  at,
  type BlockSpec,
  DAY,
  HOUR,
  MINUTE,
  readableOf,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const groupKeyOf = await groupKeys();
/** Begin of an aligned window of 8 h, 48 h and 14 d. */
const BEGIN = Math.floor(at("2026-11-20T00:00:00Z") / (14 * DAY)) * 14 * DAY;

interface Scene {
  readonly now: number;
  readonly settings?: Parameters<typeof settingsOf>[0];
}

function modelOf(specs: readonly BlockSpec[], { now, settings }: Scene): BucketModel {
  const blocks = specs.map(readableOf);
  return bucketModel({ url: "s3://blocks", now, settings: settingsOf(settings), blocks, groupKeyOf });
}

function blockOf(spec: BlockSpec, { readable }: BucketModel): ReadableBlock {
  const block = readable.find(({ ulid }) => ulid === ulidOf(spec));
  if (block === undefined) throw new Error("no such block");
  return block;
}

/** Heads of 2 h from `BEGIN` on; they begin some seconds late, as real ones, unless told. */
function heads(count: number, late = 20_000): BlockSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const min = BEGIN + index * 2 * HOUR + late;
    return { min, max: BEGIN + (index + 1) * 2 * HOUR };
  });
}

/** When the last of them has been seen for a minute. */
function seen(count: number): number {
  return BEGIN + count * 2 * HOUR + HOUR + 31 * MINUTE;
}

function first(specs: readonly BlockSpec[]): BlockSpec {
  const [spec] = specs;
  if (spec === undefined) throw new Error("no block");
  return spec;
}

function fateOf(specs: readonly BlockSpec[], scene: Scene, of = first(specs)) {
  const model = modelOf(specs, scene);
  return compactionFate(blockOf(of, model), model);
}

function deletionIn(specs: readonly BlockSpec[], scene: Scene, of = first(specs)) {
  const model = modelOf(specs, scene);
  const block = blockOf(of, model);
  return deletionOf(block, compactionFate(block, model), model);
}

describe("compactionFate", () => {
  it("waits for its window to be complete: 5.5 h after its end where blocks begin late, 3.5 h where they do not", () => {
    const window = { kind: "waits", range: 8 * HOUR, from: BEGIN, to: BEGIN + 8 * HOUR };
    const end = BEGIN + 8 * HOUR;
    expect(fateOf(heads(5), { now: seen(5) })).toEqual({ ...window, notBefore: end + 5 * HOUR + 31 * MINUTE });
    expect(fateOf(heads(4, 0), { now: seen(4) })).toEqual({ ...window, notBefore: end + 3 * HOUR + 31 * MINUTE });
  });

  it("is planned once that time has come, and says since when", () => {
    const planned = { kind: "planned", minTime: BEGIN + 20_000, maxTime: BEGIN + 8 * HOUR, before: 0 };
    expect(fateOf(heads(6), { now: seen(6) })).toMatchObject({
      ...planned,
      since: BEGIN + 13 * HOUR + 30 * MINUTE,
      blocks: heads(4).map((spec) => ulidOf(spec)),
    });
    expect(fateOf(heads(5, 0), { now: seen(5) })).toMatchObject({ since: BEGIN + 11 * HOUR + 30 * MINUTE });
  });

  it("comes after the windows before it", () => {
    const specs = heads(10);
    expect(fateOf(specs, { now: seen(10) }, specs[4])).toMatchObject({ kind: "planned", before: 1, since: null });
  });

  it("is hidden until the consistency delay is over", () => {
    const specs = heads(1);
    const now = BEGIN + 3 * HOUR + 29 * MINUTE;
    expect(fateOf(specs, { now })).toEqual({ kind: "hidden", until: BEGIN + 3 * HOUR + 30 * MINUTE });
  });

  it("is covered by the block that was made of it", () => {
    const [one, two] = heads(2);
    if (one === undefined || two === undefined) throw new Error("two heads");
    const ulid = ulidAt(BEGIN + 9 * HOUR, "C");
    const made = {
      min: one.min,
      max: two.max,
      ulid,
      sources: [ulidOf(one), ulidOf(two)],
      source: "compactor",
      level: 2,
    };
    expect(fateOf([one, two, made], { now: seen(9) })).toEqual({ kind: "covered", by: ulid });
    const marked = { ...one, markedAt: BEGIN };
    expect(fateOf([marked, two, made], { now: BEGIN + 3 * DAY })).toEqual({ kind: "ignored" });
  });

  it("halts the compactor where blocks overlap, unless it may merge them", () => {
    const copy = { ...first(heads(1)), ulid: ulidAt(BEGIN + 3 * HOUR, "D") };
    const specs = [...heads(6), copy];
    expect(fateOf(specs, { now: seen(6) })).toMatchObject({ kind: "halts", reason: "overlap" });
    const merged = fateOf(specs, { now: seen(6), settings: { verticalCompaction: true } });
    expect(merged).toMatchObject({ kind: "planned", reason: { kind: "overlap" } });
  });

  it("is planned again and again where it is empty, unless marks act at once", () => {
    const specs = heads(6).map((spec) => ({ ...spec, samples: 0 }));
    expect(fateOf(specs, { now: seen(6) })).toMatchObject({ kind: "planned", repeats: "no-samples" });
    expect(fateOf(specs, { now: seen(6), settings: { deleteDelay: "0s" } })).toMatchObject({ repeats: null });
  });

  it("is left alone where it has a no-compact mark", () => {
    const specs = heads(6).map((spec, index) => ({ ...spec, noCompact: index === 0 }));
    expect(fateOf(specs, { now: seen(6) })).toEqual({ kind: "excluded", reason: "manual" });
  });

  it("stays where its stream ended and no window holds another block", () => {
    const alone = { min: BEGIN, max: BEGIN + 14 * DAY, level: 4, source: "compactor" };
    const newer = { min: BEGIN + 14 * DAY, max: BEGIN + 14 * DAY + 2 * HOUR };
    expect(fateOf([alone, newer], { now: BEGIN + 16 * DAY })).toEqual({ kind: "stays" });
  });
});

describe("deletionOf", () => {
  const specs = heads(6);

  it("follows its mark", () => {
    const markedAt = BEGIN + 10 * HOUR;
    const marked = specs.map((spec, index) => (index === 0 ? { ...spec, markedAt } : spec));
    expect(deletionIn(marked, { now: seen(6) })).toEqual({
      ...{ kind: "mark", markedAt, details: "" },
      ...{ ignoredFrom: markedAt + DAY, deletedFrom: markedAt + 2 * DAY },
    });
  });

  it("follows its compaction by the delete delay", () => {
    const now = seen(6);
    const compaction = { kind: "compaction", markedFrom: now, deletedFrom: now + 2 * DAY };
    expect(deletionIn(specs, { now })).toEqual(compaction);
    const later = BEGIN + 13 * HOUR + 31 * MINUTE;
    expect(deletionIn(heads(5), { now: seen(5) })).toMatchObject({ kind: "compaction", markedFrom: later });
  });

  it("follows its retention where that comes first", () => {
    const settings = { retention: { raw: "6h" } };
    const expires = BEGIN + 2 * HOUR + 6 * HOUR;
    expect(deletionIn(heads(3), { now: BEGIN + 7 * HOUR + 31 * MINUTE, settings })).toEqual({
      ...{ kind: "retention", markedFrom: expires, deletedFrom: expires + 2 * DAY },
    });
  });

  it("comes of a compaction that ends nothing: of empty blocks", () => {
    const empty = specs.map((spec) => ({ ...spec, samples: 0 }));
    expect(deletionIn(empty, { now: seen(6) })).toMatchObject({ kind: "empty" });
  });

  it("comes of a compaction that ends nothing: of a block with many tombstones, which is lost", () => {
    const long = { min: BEGIN, max: BEGIN + 8 * HOUR, tombstones: 10 };
    const newer = { min: BEGIN + 8 * HOUR, max: BEGIN + 10 * HOUR };
    const now = BEGIN + 12 * HOUR;
    expect(fateOf([long, newer], { now })).toMatchObject({ kind: "planned", repeats: "same-sources" });
    expect(deletionIn([long, newer], { now })).toEqual({ kind: "lost", markedFrom: now, deletedFrom: now + 2 * DAY });
  });

  it("never comes without mark, retention and longer block", () => {
    const alone = { min: BEGIN, max: BEGIN + 14 * DAY, level: 4, source: "compactor" };
    const newer = { min: BEGIN + 14 * DAY, max: BEGIN + 14 * DAY + 2 * HOUR };
    expect(deletionIn([alone, newer], { now: BEGIN + 16 * DAY })).toEqual({ kind: "never" });
  });
});

describe("downsamplingFate", () => {
  function downsampling(spec: BlockSpec, others: readonly BlockSpec[] = [], settings: Scene["settings"] = {}) {
    const model = modelOf([spec, ...others], { now: BEGIN + 20 * DAY, settings });
    return downsamplingFate(blockOf(spec, model), model);
  }
  const raw: BlockSpec = { min: BEGIN, max: BEGIN + 2 * DAY };
  const head: BlockSpec = { min: BEGIN, max: BEGIN + 2 * HOUR };

  it("is due where it is long enough, and done where its sources are in the next resolution", () => {
    const made = { ...raw, ulid: ulidAt(BEGIN + 3 * DAY, "5"), resolution: 300_000, sources: [ulidOf(raw)] };
    expect(downsampling(raw)).toEqual({ kind: "due", to: 300_000 });
    expect(downsampling(raw, [made])).toEqual({ kind: "done", to: 300_000 });
    expect(downsampling(head)).toEqual({ kind: "too-short", to: 300_000, wants: 40 * HOUR });
  });

  it("is none where it is off, marked away or at the last resolution", () => {
    expect(downsampling(raw, [], { downsampling: false })).toEqual({ kind: "off" });
    expect(downsampling({ ...raw, markedAt: BEGIN })).toEqual({ kind: "ignored", to: 300_000 });
    expect(downsampling({ ...raw, resolution: 3_600_000 })).toEqual({ kind: "last" });
  });
});
