import { describe, expect, it } from "vitest";
import { found, NOON, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks, MINUTE, object, ulidAt, ulidOf } from "#test/packages/blocks/factory";

const OLDER = headBlocks(NOON - 2 * HOUR, 4);
const [NEWEST] = headBlocks(NOON, 1);

/** The newest block, uploaded at its usual time, with what the test is about. */
function newest(change: Partial<BlockSpec>): { readonly specs: readonly BlockSpec[] } {
  if (NEWEST === undefined) throw new Error("no block");
  return { specs: [...OLDER, { ...NEWEST, uploaded: NOON + HOUR, ...change }] };
}

describe("clock.skew", () => {
  it.each([
    { ahead: 60_000, ids: [] },
    { ahead: 60_001, ids: ["warning clock.skew"] },
    { ahead: 10 * MINUTE, ids: ["warning clock.skew"] },
    { ahead: 10 * MINUTE + 1, ids: ["critical clock.skew"] },
    { ahead: -9 * MINUTE, ids: [] },
  ])("compares the ULID with the store's clock: $ahead ms ahead", async ({ ahead, ids }) => {
    expect(await told("clock.skew", newest({ ulid: ulidAt(NOON + HOUR + ahead) }))).toEqual(ids);
  });

  it.each([
    { ahead: 5 * MINUTE, ids: [] },
    { ahead: 5 * MINUTE + 1, ids: ["warning clock.skew"] },
    { ahead: 10 * MINUTE + 1, ids: ["critical clock.skew"] },
  ])("knows samples of the future: $ahead ms", async ({ ahead, ids }) => {
    const uploaded = NOON + HOUR;
    expect(await told("clock.skew", newest({ max: uploaded + ahead, ulid: ulidAt(uploaded) }))).toEqual(ids);
  });

  it.each([
    { after: 50 * MINUTE, ids: [] },
    { after: 50 * MINUTE - 1, ids: ["warning clock.skew"] },
    { after: MINUTE, ids: ["warning clock.skew"] },
    { after: MINUTE, source: "receive", ids: [] },
    { after: MINUTE, source: "ruler", ids: [] },
    { after: MINUTE, min: NOON - HOUR, ids: [] },
    { after: MINUTE, max: NOON + 30_000, ids: [] },
  ])(
    "knows a head that a Prometheus cut too early: $after ms after its end, $source",
    async ({ after, ids, ...rest }) => {
      const cut = (rest.max ?? NOON) + after;
      expect(await told("clock.skew", newest({ ...rest, ulid: ulidAt(cut), uploaded: cut }))).toEqual(ids);
    },
  );

  it("goes by the stream's own range for that", async () => {
    const heads = (range: number) =>
      Array.from({ length: 6 }, (_, index) => {
        const max = NOON - (5 - index) * range;
        return { min: max - range + 1, max, ulid: ulidAt(max + range / 2), uploaded: max + range / 2 };
      });
    expect(await told("clock.skew", { specs: heads(HOUR) })).toEqual([]);
    expect(await told("clock.skew", { specs: heads(HOUR).slice(0, 2) })).toEqual([]);
  });

  it("tells by how much, and which of the two it is", async () => {
    const [clock] = await found("clock.skew", newest({ ulid: ulidAt(NOON + 2 * HOUR) }));
    const [samples] = await found("clock.skew", newest({ max: NOON + 2 * HOUR, ulid: ulidAt(NOON + HOUR) }));

    expect(clock?.evidence).toMatchObject({ clockAheadMs: HOUR, samplesAheadMs: 0 });
    expect(clock?.remedy).toContain("NTP");
    expect(samples?.evidence).toMatchObject({ clockAheadMs: 0, samplesAheadMs: HOUR });
    expect(samples?.remedy).toContain("honor_timestamps");
  });

  it("goes by the files of the block, and not by what a deletion left there before", async () => {
    const [spec = { min: 0, max: 1 }] = newest({}).specs.slice(-1);
    const objects = [object(`${ulidOf(spec)}/no-compact-mark.json`, "", NOON - DAY)];
    expect(await told("clock.skew", { ...newest({}), objects })).toEqual([]);
  });

  it("ends with the first good block", async () => {
    const bad = OLDER.map((spec, index) =>
      index === 3 ? { ...spec, ulid: ulidAt(NOON), uploaded: NOON - HOUR } : spec,
    );
    const good = NEWEST === undefined ? [] : [NEWEST];

    expect(await told("clock.skew", { specs: bad })).toEqual(["critical clock.skew"]);
    expect(await told("clock.skew", { specs: [...bad, ...good] })).toEqual([]);
  });

  it("leaves out-of-order blocks, which reach ahead by nature, and what tools made", async () => {
    const ahead = { max: NOON + 2 * HOUR, ulid: ulidAt(NOON + HOUR) };
    expect(await told("clock.skew", newest({ ...ahead, hints: ["from-out-of-order"] }))).toEqual([]);
    expect(await told("clock.skew", newest({ ...ahead, source: "bucket.upload" }))).toEqual([]);
  });

  it.each([
    { age: 24 * HOUR, ids: ["critical clock.skew"] },
    { age: 24 * HOUR + 1, ids: [] },
  ])("ends with the day, where no block comes after it: $age ms", async ({ age, ids }) => {
    const written = NOON + HOUR;
    expect(await told("clock.skew", { ...newest({ ulid: ulidAt(written + HOUR) }), now: written + age })).toEqual(ids);
  });
});
