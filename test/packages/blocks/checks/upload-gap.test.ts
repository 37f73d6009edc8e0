import { describe, expect, it } from "vitest";
import { found, NOON, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks, MINUTE, ulidAt, ulidOf } from "#test/packages/blocks/factory";

const FRESH = headBlocks(NOON, 6);
const SIBLING = headBlocks(NOON, 6, { labels: { cluster: "a", replica: "1" } });
/** 4 to 6 h. */
const LOST = FRESH.filter((_, index) => index !== 2);

function beginningLate(by: number): BlockSpec[] {
  return FRESH.map((spec, index) => (index === 2 ? { ...spec, min: spec.max - 2 * HOUR + by } : spec));
}

describe("upload.gap", () => {
  it("is critical for whole blocks that nobody has, with the command that uploads them", async () => {
    const [gap, ...more] = await found("upload.gap", { specs: LOST });

    expect(more).toEqual([]);
    expect(gap).toMatchObject({
      severity: "critical",
      groupKey: expect.stringMatching(/^0@\d+$/),
      blocks: [FRESH[1], FRESH[3]].map((spec) => spec && ulidOf(spec)),
      evidence: {
        holes: 1,
        gaps: [{ from: "2026-11-20T04:00:00Z", to: "2026-11-20T06:00:01Z", aligned: true, covered: false }],
      },
    });
    expect(gap?.consequence).toContain("2026-12-05T06:00:01Z");
    expect(gap?.remedy).toContain(`--label='cluster="a"' --label='replica="0"'`);
  });

  it("is a note where a sibling has the time", async () => {
    expect(await told("upload.gap", { specs: [...LOST, ...SIBLING] })).toEqual(["info upload.gap"]);
    const both = [...LOST, ...SIBLING.filter((_, index) => index !== 2)];
    expect(await told("upload.gap", { specs: both })).toEqual(["critical upload.gap", "critical upload.gap"]);
  });

  it.each([
    { by: 10 * MINUTE, ids: [] },
    { by: 10 * MINUTE + 1, ids: ["warning upload.gap"] },
  ])("is a warning where the producer was down, above 10 m: $by ms", async ({ by, ids }) => {
    expect(await told("upload.gap", { specs: beginningLate(by) })).toEqual(ids);
  });

  it("can be told to wait for two scrapes of a slow stream", async () => {
    const settings = { thresholds: { gap: "20m" } };
    expect(await told("upload.gap", { specs: beginningLate(20 * MINUTE), settings })).toEqual([]);
  });

  it("is a note once the producer's disk has forgotten it", async () => {
    const to = NOON - 6 * HOUR + 1234;
    const settings = { thresholds: { localRetention: "6h" } };
    expect(await told("upload.gap", { specs: LOST, settings, now: to + 6 * HOUR })).toEqual(["critical upload.gap"]);
    expect(await told("upload.gap", { specs: LOST, settings, now: to + 6 * HOUR + 1 })).toEqual(["info upload.gap"]);
  });

  it("ends with the retention", async () => {
    const to = NOON - 6 * HOUR + 1234;
    const settings = { retention: { raw: "2d" } };
    expect(await told("upload.gap", { specs: LOST, settings, now: to + 2 * DAY })).toEqual(["critical upload.gap"]);
    expect(await told("upload.gap", { specs: LOST, settings, now: to + 2 * DAY + 1 })).toEqual([]);
  });

  it("is none where a compacted block has the time, its sources deleted or not", async () => {
    const [first, , , fourth] = FRESH;
    if (first === undefined || fourth === undefined) throw new Error("no blocks");
    const merged: BlockSpec = {
      min: first.min,
      max: fourth.max,
      level: 2,
      source: "compactor",
      sources: FRESH.slice(0, 4).map(ulidOf),
      ulid: ulidAt(NOON, "M"),
    };
    expect(await told("upload.gap", { specs: [...LOST, merged] })).toEqual([]);
    expect(await told("upload.gap", { specs: [...FRESH.slice(4), merged] })).toEqual([]);
  });

  it("is none where the compactor merged the replicas", async () => {
    const merged: BlockSpec = {
      min: NOON - 8 * HOUR,
      max: NOON - 6 * HOUR,
      level: 2,
      labels: { cluster: "a" },
      source: "compactor",
      ulid: ulidAt(NOON, "M"),
    };
    const settings = { deduplicationReplicaLabels: ["replica"] };
    expect(await told("upload.gap", { specs: [...LOST, merged], settings })).toEqual([]);
  });

  it("is not filled by out-of-order blocks, nor by one whose mark has taken effect", async () => {
    const lost = FRESH[2];
    if (lost === undefined) throw new Error("no block");
    const hinted = { ...lost, hints: ["from-out-of-order"] };
    expect(await told("upload.gap", { specs: [...LOST, hinted] })).toEqual(["critical upload.gap"]);
    const marked = (age: number) => ({ specs: [...LOST, { ...lost, markedAt: NOON - age }], now: NOON });
    expect(await told("upload.gap", marked(24 * HOUR))).toEqual([]);
    expect(await told("upload.gap", marked(24 * HOUR + 1000))).toEqual(["critical upload.gap"]);
  });
});
