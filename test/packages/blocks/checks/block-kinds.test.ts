import { describe, expect, it } from "vitest";
import { found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks, MINUTE, object, ulidAt, ulidOf } from "#test/packages/blocks/factory";

const FRESH = headBlocks(NOON, 6);

function withFirst(change: Partial<BlockSpec>): { readonly specs: readonly BlockSpec[] } {
  return { specs: FRESH.map((spec, index) => (index === 0 ? { ...spec, ...change } : spec)) };
}

describe("block.no-labels", () => {
  it("is critical until the block's mark has taken effect", async () => {
    expect(await told("block.no-labels", withFirst({}))).toEqual([]);
    expect(await told("block.no-labels", withFirst({ labels: {} }))).toEqual(["critical block.no-labels"]);
    const marked = (age: number) => withFirst({ labels: {}, markedAt: NOW - age });
    expect(await told("block.no-labels", marked(24 * HOUR))).toEqual(["critical block.no-labels"]);
    expect(await told("block.no-labels", marked(24 * HOUR + 1000))).toEqual([]);
  });

  it("has the group that the compactor's log names", async () => {
    const [finding] = await found("block.no-labels", withFirst({ labels: {} }));
    expect(finding).toMatchObject({ groupKey: "0@17241709254077376921", evidence: { blocks: 1, samples: 1680 } });
  });
});

describe("block.empty", () => {
  it("is a note about blocks without a sample, until they are marked", async () => {
    expect(await told("block.empty", withFirst({ samples: 1 }))).toEqual([]);
    expect(await told("block.empty", withFirst({ samples: 0 }))).toEqual(["info block.empty"]);
    expect(await told("block.empty", withFirst({ samples: 0, markedAt: NOW }))).toEqual([]);
  });
});

describe("block.range", () => {
  /** On the grid of 14 d since the epoch. */
  const EDGE = Math.floor(NOON / (14 * DAY)) * 14 * DAY;
  const compacted = (min: number, max: number) => ({
    specs: [...FRESH, { min, max, level: 4, source: "compactor", ulid: ulidAt(EDGE, "K") }],
  });

  it("takes a whole window of 14 d, and nothing across its edge", async () => {
    expect(await told("block.range", compacted(EDGE - 14 * DAY, EDGE))).toEqual([]);
    expect(await told("block.range", compacted(EDGE - 14 * DAY, EDGE + 1))).toEqual(["warning block.range"]);
    expect(await told("block.range", compacted(EDGE - HOUR, EDGE + HOUR))).toEqual(["warning block.range"]);
  });

  it("says which edge, or how long", async () => {
    const [across] = await found("block.range", compacted(EDGE - HOUR, EDGE + HOUR));
    const [long] = await found("block.range", compacted(EDGE - 14 * DAY - 2 * HOUR, EDGE));

    expect(across?.summary).toContain(
      `across the edge of the compactor's 14 d windows at ${new Date(EDGE).toISOString().slice(0, 13)}`,
    );
    expect(long?.summary).toContain("14 d 2 h");
    expect(long?.summary).toContain("longer than any compaction makes");
  });

  it.each([
    { what: "10 m", change: { min: NOON - 15 * HOUR, max: NOON - 15 * HOUR + 10 * MINUTE }, ids: [] },
    {
      what: "less",
      change: { min: NOON - 15 * HOUR, max: NOON - 15 * HOUR + 10 * MINUTE - 1 },
      ids: ["warning block.range"],
    },
    {
      what: "less, of a receiver",
      change: { min: NOON - 15 * HOUR, max: NOON - 15 * HOUR + MINUTE, source: "receive" },
      ids: [],
    },
    { what: "less, up to the grid", change: { min: NOON - 10 * HOUR - MINUTE, max: NOON - 10 * HOUR }, ids: [] },
    {
      what: "less, of stale series",
      change: { min: NOON - 15 * HOUR, max: NOON - 15 * HOUR + MINUTE, hints: ["from-stale-series"] },
      ids: [],
    },
  ])("knows when a short block is usual: $what", async ({ change, ids }) => {
    expect(await told("block.range", withFirst(change))).toEqual(ids);
  });
});

describe("compactor.no-compact-mark", () => {
  const [first] = FRESH;
  const ulid = first === undefined ? "" : ulidOf(first);
  const mark = (reason: string, age: number) =>
    object(
      `${ulid}/no-compact-mark.json`,
      JSON.stringify({ id: ulid, version: 1, no_compact_time: (NOW - age) / 1000, reason, details: "why" }),
      NOW - age,
    );

  it.each([
    { reason: "manual", age: 30 * DAY, ids: [] },
    { reason: "manual", age: 30 * DAY + 1000, ids: ["warning compactor.no-compact-mark"] },
    { reason: "index-size-exceeding", age: 0, ids: ["warning compactor.no-compact-mark"] },
    { reason: "block-index-out-of-order-chunk", age: 0, ids: ["warning compactor.no-compact-mark"] },
  ])("waits 30 d for those set by hand: $reason, $age ms", async ({ reason, age, ids }) => {
    expect(await told("compactor.no-compact-mark", { specs: FRESH, objects: [mark(reason, age)] })).toEqual(ids);
  });

  it("advises to take off only what was set by hand", async () => {
    const remedyOf = async (reason: string) => {
      const [finding] = await found("compactor.no-compact-mark", { specs: FRESH, objects: [mark(reason, 31 * DAY)] });
      return finding?.remedy;
    };
    expect(await remedyOf("manual")).toContain("--remove --marker=no-compact-mark.json");
    expect(await remedyOf("index-size-exceeding")).toContain("Leave the marks");
    expect(await remedyOf("block-index-out-of-order-chunk")).toContain("Leave the marks");
  });

  it("is quiet about a block that is going to be deleted", async () => {
    const specs = withFirst({ markedAt: NOW }).specs;
    expect(await told("compactor.no-compact-mark", { specs, objects: [mark("manual", 31 * DAY)] })).toEqual([]);
  });
});
