import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import { byStreamOf } from "#blocks/groups/by-stream";
import { shippedHeads } from "#blocks/streams/heads";
import { type Pace, paceOf } from "#blocks/streams/pace";
import { streamsOf } from "#blocks/streams/stream";
import { at, type BlockSpec, HOUR, MINUTE, readableOf, settingsOf, ulidAt } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const RANGE = 2 * HOUR;

/** A head in the bucket: `cut` and `took` are how long after it was due it was cut, and then took to be there. */
interface Came {
  readonly cut?: number;
  readonly took?: number;
  readonly spec?: Partial<BlockSpec>;
}

/** Heads of 2 h, the last ending at noon; `came` tells of the nth before it. */
function heads(count: number, came: (nth: number) => Came = () => ({}), salt = ""): readonly ReadableBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const nth = count - 1 - index;
    const max = NOON - nth * RANGE;
    const { cut = 0, took = MINUTE, spec } = came(nth);
    const made = max + HOUR + cut;
    return there({ min: max - RANGE + 1234, max, ulid: ulidAt(made, salt), ...spec }, made + took);
  });
}

function there(spec: BlockSpec, lastModified: number): ReadableBlock {
  const file = { size: 900, lastModified, etag: "", storageClass: "STANDARD" };
  return { ...readableOf(spec), files: new Map([["meta.json", file]]) };
}

function pace(blocks: readonly ReadableBlock[], given: Parameters<typeof settingsOf>[0] = {}): Pace {
  const settings = settingsOf(given);
  const [stream] = streamsOf(byStreamOf(blocks), { settings, now: NOON + 3 * HOUR });
  if (stream === undefined) throw new Error("no stream");
  return paceOf(stream, shippedHeads(byStreamOf(blocks)).get(labelsId(stream.labels)) ?? [], settings);
}

const slackOf = (...of: Parameters<typeof pace>) => pace(...of).slack / MINUTE;

describe("the slack of a stream", () => {
  it("is the default where its uploads fit that, and says how many were looked at", () => {
    expect(pace(heads(30))).toMatchObject({ slack: 15 * MINUTE, origin: "default", uploads: 30 });
  });

  it("is longer where uploads always take longer: what a restart can bring, and half as much again as they took", () => {
    expect(pace(heads(30, () => ({ took: 20 * MINUTE })))).toMatchObject({
      slack: (12 + 30) * MINUTE,
      origin: "inferred",
      uploads: 30,
    });
  });

  it("is longer where one upload a day does", () => {
    const nightly = (nth: number) => ({ took: (nth % 12 === 5 ? 20 : 1) * MINUTE });
    expect(slackOf(heads(26, nightly))).toBe(42);
  });

  it("is longer where heads are cut with a delay: a restart during it begins another", () => {
    expect(slackOf(heads(30, () => ({ cut: 11 * MINUTE })))).toBe(11 + 12 + 2);
  });

  it("is no longer for a cut that came later than any delay", () => {
    expect(slackOf(heads(30, (nth) => ({ cut: nth === 0 ? 40 * MINUTE : 0 })))).toBe(15);
  });

  it("is never longer than an hour", () => {
    expect(slackOf(heads(30, () => ({ took: 55 * MINUTE })))).toBe(60);
  });

  it("is never shorter than the default, however fast the uploads", () => {
    expect(slackOf(heads(30, () => ({ took: 0 })))).toBe(15);
  });

  it("is what was given, whatever the uploads", () => {
    const slow = heads(30, () => ({ took: 20 * MINUTE }));
    expect(pace(slow, { uploadSlack: "7m" })).toMatchObject({ slack: 7 * MINUTE, origin: "given", uploads: 0 });
    expect(pace(slow, { uploadSlack: "15m" })).toMatchObject({ slack: 15 * MINUTE, origin: "given" });
  });

  it("is not learned from fewer than 12 uploads", () => {
    const slow = () => ({ took: 20 * MINUTE });
    expect([11, 12].map((count) => slackOf(heads(count, slow)))).toEqual([15, 42]);
  });

  it("is learned from the last three days only", () => {
    expect(slackOf(heads(100, (nth) => ({ took: (nth >= 36 ? 20 : 1) * MINUTE })))).toBe(15);
    expect(pace(heads(100)).uploads).toBe(36);
  });

  describe("is not learned from", () => {
    it("an outage of ten hours, after which all came at once", () => {
      const back = NOON - 5 * HOUR;
      const outage = heads(30).map((block) => {
        const { meta, files } = block;
        const usual = files.get("meta.json")?.lastModified ?? 0;
        if (meta.maxTime <= NOON - 16 * HOUR || usual > back) return block;
        return there({ min: meta.minTime, max: meta.maxTime, ulid: meta.ulid }, back + (meta.maxTime - NOON) / HOUR);
      });
      expect(slackOf(outage)).toBe(15);
    });

    it.each([
      ["one", (nth: number) => nth === 7],
      ["the four of one bad night", (nth: number) => nth >= 5 && nth < 9],
    ])("%s that took half an hour", (_, isSlow) => {
      expect(slackOf(heads(30, (nth) => ({ took: (isSlow(nth) ? 30 : 1) * MINUTE })))).toBe(15);
    });

    it.each<[string, Partial<BlockSpec>]>([
      ["out-of-order blocks", { hints: ["from-out-of-order"] }],
      ["blocks of tools", { source: "bucket.upload" }],
      ["blocks whose end is not on the grid", { max: NOON - 5 * MINUTE }],
    ])("%s", (_, spec) => {
      const odd = heads(20, () => ({ took: 30 * MINUTE, spec: { ...spec } }), "T").map((block) => ({ ...block }));
      expect(pace([...heads(3), ...odd].toSorted(byUlid)).uploads).toBeLessThan(12);
    });

    it("a bucket that was copied: every meta.json is of the same day", () => {
      const copied = heads(30).map((block, index) => ({
        ...block,
        files: new Map([["meta.json", { size: 9, lastModified: NOON + index, etag: "", storageClass: "STANDARD" }]]),
      }));
      expect(slackOf(copied)).toBe(15);
    });

    it("blocks whose meta.json has no time", () => {
      expect(pace(heads(30).map((block) => ({ ...block, files: new Map() })))).toMatchObject({ uploads: 0 });
    });
  });

  it("does not wait for the delay of a restart at a receiver, whose ceiling holds for any phase", () => {
    const receive = { spec: { source: "receive" } };
    expect(slackOf(heads(30, () => ({ ...receive, cut: 11 * MINUTE })))).toBe(15);
    expect(slackOf(heads(30, () => ({ ...receive, cut: 11 * MINUTE, took: 20 * MINUTE })))).toBe(42);
  });

  it("lies between the default and an hour, whatever the clocks say", () => {
    const time = fc.integer({ min: -3 * HOUR, max: 30 * HOUR });
    fc.assert(
      fc.property(fc.array(fc.record({ cut: time, took: time }), { minLength: 1, maxLength: 60 }), (came) => {
        const blocks = heads(came.length, (nth) => came[nth] ?? {}).toSorted(byUlid);
        expect(slackOf(blocks)).toBeGreaterThanOrEqual(15);
        expect(slackOf(blocks)).toBeLessThanOrEqual(60);
      }),
    );
  });
});

describe("the time at which a block is expected", () => {
  it("is a range after the last cut, and as much later as uploads usually take", () => {
    const { expected } = pace(heads(6, () => ({ cut: 4 * MINUTE, took: 2 * MINUTE })));
    expect(expected).toBe(NOON + RANGE + HOUR + 6 * MINUTE);
  });

  it("is that of the ticker of a receiver", () => {
    const { expected } = pace(heads(6, () => ({ cut: 77 * MINUTE, spec: { source: "receive" } })));
    expect(expected).toBe(NOON + RANGE + HOUR + 78 * MINUTE);
  });

  it.each<[string, readonly ReadableBlock[]]>([
    ["five uploads", heads(5)],
    ["a restart, since when the delay is another", heads(12, (nth) => ({ cut: nth < 4 ? 9 * MINUTE : 0 }))],
    ["a hole", heads(7).filter((_, index) => index !== 4)],
    [
      "a receiver that was stopped, and flushed its head",
      heads(8, (nth) => ({ spec: { source: "receive", ...(nth === 0 && { max: NOON - 5 * MINUTE }) } })),
    ],
  ])("is not known of %s", (_, blocks) => {
    expect(pace(blocks).expected).toBeUndefined();
  });
});

function byUlid(a: ReadableBlock, b: ReadableBlock): number {
  return a.ulid < b.ulid ? -1 : 1;
}
