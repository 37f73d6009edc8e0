import { describe, expect, it } from "vitest";
import { byStreamOf } from "#blocks/groups/by-stream";
import { streamsOf } from "#blocks/streams/stream";
import {
  at,
  type BlockSpec,
  HOUR,
  headBlocks,
  MINUTE,
  readableOf,
  settingsOf,
  ulidAt,
} from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");

function streams(specs: readonly BlockSpec[], settings = settingsOf()) {
  return streamsOf(byStreamOf(specs.map(readableOf)), { settings, now: NOW });
}

describe("streamsOf", () => {
  it("takes exact label sets as streams and joins replicas to clusters", () => {
    const found = streams([
      ...headBlocks(NOON, 3, { labels: { cluster: "a", replica: "0" } }),
      ...headBlocks(NOON, 3, { labels: { replica: "1", cluster: "a" } }),
    ]);

    expect(found.map(({ labels }) => labels)).toEqual([
      { cluster: "a", replica: "0" },
      { cluster: "a", replica: "1" },
    ]);
    expect(new Set(found.map(({ clusterId }) => clusterId)).size).toBe(1);
  });

  it("does not count out-of-order blocks, though they end in the future", () => {
    const early: BlockSpec = { min: NOON, max: NOON + 2 * HOUR, ulid: ulidAt(NOW), hints: ["from-out-of-order"] };
    const [stream] = streams([...headBlocks(NOON - 4 * HOUR, 3), early]);

    expect(stream?.newest.maxTime).toBe(NOON - 4 * HOUR);
  });

  it("does not count blocks that end in the future without a hint", () => {
    const [stream] = streams([...headBlocks(NOON, 2), { min: NOON, max: NOW + HOUR }]);
    expect(stream?.newest.maxTime).toBe(NOON);
  });

  it("counts blocks that are marked, and compacted ones", () => {
    const [marked] = streams(headBlocks(NOON, 1, { markedAt: NOW }));
    expect(marked?.newest.maxTime).toBe(NOON);
    const compacted: BlockSpec = { min: NOON - 8 * HOUR, max: NOON, level: 2, source: "compactor" };
    const [stream] = streams([...headBlocks(NOON - 2 * HOUR, 1), compacted]);
    expect(stream?.newest.maxTime).toBe(NOON);
  });

  it("passes over downsampled blocks", () => {
    expect(streams([{ min: NOON - 48 * HOUR, max: NOON, resolution: 300_000, level: 3 }])).toEqual([]);
  });

  describe("label sets that only the compactor made", () => {
    const left: BlockSpec = { min: NOON - 8 * HOUR, max: NOON - 6 * HOUR, level: 2, source: "compactor" };
    const labels = { cluster: "a", replica: "0" };

    it("are none where deduplication took the replica label off streams that are there", () => {
      const specs = [{ ...left, labels: { cluster: "a" } }, ...headBlocks(NOON, 2, { labels })];
      expect(streams(specs).map((stream) => stream.labels)).toEqual([labels]);
      expect(streams([{ ...left, labels: { replica: "deduped" } }])).toEqual([]);
    });

    it("are all that is left of a silent stream else", () => {
      const specs = [{ ...left, labels: { ...labels, replica: "1" } }, ...headBlocks(NOON, 2, { labels })];
      expect(streams(specs).map((stream) => stream.labels.replica)).toEqual(["0", "1"]);
    });

    it("are none at an earlier time, whose heads are gone", () => {
      expect(streams([left, { ...left, min: NOON, max: NOON + 48 * HOUR, level: 3 }])).toEqual([]);
    });

    it.each(["bucket.rewrite", "bucket.upload"])("are none where a tool (%s) put blocks", (source) => {
      expect(streams([{ ...left, labels, source }])).toEqual([]);
      expect(streams(headBlocks(NOON, 4, { labels, source }))).toEqual([]);
    });
  });

  it("sees no stream in blocks without labels", () => {
    expect(streams(headBlocks(NOON, 2, { labels: {} }))).toEqual([]);
  });

  it.each([
    ["a late first scrape", 2 * HOUR - 61_000, 2 * HOUR, 4, 2 * HOUR],
    ["heads of half an hour", 30 * MINUTE - 1234, 30 * MINUTE, 4, 30 * MINUTE],
    ["heads of an hour that end on the grid of two", HOUR, 2 * HOUR, 4, 2 * HOUR],
    ["a short first block only", 10 * MINUTE, 2 * HOUR, 1, 2 * HOUR],
  ])("takes the block range of %s", (_, length, step, count, range) => {
    const specs = Array.from({ length: count }, (__, index) => {
      const max = NOON - index * step;
      return { min: max - length, max };
    });
    expect(streams(specs)[0]?.range).toBe(range);
  });

  it("knows a stream of Receive by its heads", () => {
    expect(streams(headBlocks(NOON, 2, { source: "receive" }))[0]?.isReceive).toBe(true);
    expect(streams(headBlocks(NOON, 2))[0]?.isReceive).toBe(false);
  });
});
