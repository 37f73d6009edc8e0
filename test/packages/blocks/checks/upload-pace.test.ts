import { describe, expect, it } from "vitest";
import { found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, HOUR, headBlocks, MINUTE, ulidAt, ulidOf } from "#test/packages/blocks/factory";

/** Of the last 24 h, the newest last; each cut an hour after its end and uploaded after `took`. */
function uploads(...took: readonly number[]): BlockSpec[] {
  return headBlocks(NOON, took.length).map((spec, index) => ({
    ...spec,
    uploaded: spec.max + HOUR + (took[index] ?? 0),
  }));
}

const QUICK = MINUTE;

describe("upload.slow", () => {
  it.each([
    { took: [QUICK, 20 * MINUTE, 20 * MINUTE], ids: [] },
    { took: [QUICK, 20 * MINUTE + 1, 20 * MINUTE + 1], ids: ["warning upload.slow"] },
    { took: [20 * MINUTE + 1, 20 * MINUTE + 1, QUICK], ids: ["warning upload.slow"] },
    { took: [90 * MINUTE, 90 * MINUTE, QUICK], ids: ["warning upload.slow"] },
    { took: [90 * MINUTE + 1, 90 * MINUTE + 1, QUICK], ids: ["critical upload.slow"] },
  ])("compares with 20 and 90 m: $took", async ({ took, ids }) => {
    expect(await told("upload.slow", { specs: uploads(...took), now: NOON + 3 * HOUR })).toEqual(ids);
  });

  it("needs two of them", async () => {
    expect(await told("upload.slow", { specs: uploads(QUICK, 3 * HOUR), now: NOON + 5 * HOUR })).toEqual([]);
  });

  it("is not what waited for another block and then went at once", async () => {
    const until = NOON + HOUR;
    const specs = headBlocks(NOON, 5).map((spec, index) => ({ ...spec, uploaded: until + index * MINUTE }));
    expect(await told("upload.slow", { specs, now: until + 10 * MINUTE })).toEqual([]);
  });

  it("looks back 24 h by the cut, and gives every duration", async () => {
    const specs = uploads(30 * MINUTE, 30 * MINUTE);
    const cut = NOON - HOUR;
    const [finding] = await found("upload.slow", { specs, now: cut + 24 * HOUR - 1 });

    expect(finding?.evidence).toMatchObject({ p95Ms: 30 * MINUTE, blocks: 2, slow: [{ tookMs: 30 * MINUTE }, {}] });
    expect(await told("upload.slow", { specs, now: cut + 24 * HOUR })).toEqual([]);
  });

  it("goes by the store's clock where meta.json has no upload time", async () => {
    const writtenAfter = (took: number) =>
      uploads(took, took, took).map((spec) => ({ ...spec, uploaded: null, written: spec.uploaded ?? 0 }));
    const now = NOON + 3 * HOUR;
    expect(await told("upload.slow", { specs: writtenAfter(QUICK), now })).toEqual([]);
    expect(await told("upload.slow", { specs: writtenAfter(30 * MINUTE), now })).toEqual(["warning upload.slow"]);
  });
});

describe("upload.cut-late", () => {
  const cutAfter = (...delays: readonly number[]) =>
    headBlocks(NOON, delays.length).map((spec, index) => ({
      ...spec,
      ulid: ulidAt(spec.max + (delays[index] ?? 0)),
      uploaded: spec.max + (delays[index] ?? 0),
    }));
  const LATE = 90 * MINUTE + 1;

  it.each([
    { delays: [HOUR, LATE - 1, LATE - 1], ids: [] },
    { delays: [HOUR, LATE, LATE], ids: ["warning upload.cut-late"] },
    { delays: [HOUR, HOUR, LATE], ids: [] },
    { delays: [LATE, LATE, HOUR], ids: [] },
  ])("needs two above 90 m, the newest among them: $delays", async ({ delays, ids }) => {
    expect(await told("upload.cut-late", { specs: cutAfter(...delays), now: NOON + 2 * HOUR })).toEqual(ids);
  });

  it("counts what a start cut at once as one", async () => {
    const cut = NOON + 2 * HOUR;
    const atOnce = (apart: number) =>
      headBlocks(NOON, 5).map((spec, index) => {
        const at = cut + (index < 4 ? index : 3 + apart);
        return { ...spec, ulid: ulidAt(at), uploaded: at };
      });
    expect(await told("upload.cut-late", { specs: atOnce(30 * MINUTE), now: cut + HOUR })).toEqual([]);
    expect(await told("upload.cut-late", { specs: atOnce(30 * MINUTE + 1), now: cut + HOUR })).toEqual([
      "warning upload.cut-late",
    ]);
  });

  it.each([
    { range: 6 * HOUR, after: 3.5 * HOUR, ids: [] },
    { range: 6 * HOUR, after: 3.5 * HOUR + 1, ids: ["warning upload.cut-late"] },
    { range: HOUR, after: HOUR, ids: [] },
    { range: HOUR, after: HOUR + 1, ids: ["warning upload.cut-late"] },
  ])("goes by the range of the stream: $range ms, cut $after ms after the end", async ({ range, after, ids }) => {
    const specs = [2, 1, 0].map((back) => {
      const max = NOON - back * range;
      return { min: max - range + 1, max, ulid: ulidAt(max + after), uploaded: max + after };
    });
    expect(await told("upload.cut-late", { specs, now: NOON + after })).toEqual(ids);
  });

  it("leaves receivers, which cut at their own times", async () => {
    const specs = cutAfter(LATE, LATE, LATE).map((spec) => ({ ...spec, source: "receive" }));
    expect(await told("upload.cut-late", { specs, now: NOON + 2 * HOUR })).toEqual([]);
  });
});

describe("upload.out-of-order", () => {
  const [first, second, third] = headBlocks(NOON, 3);
  if (first === undefined || second === undefined || third === undefined) throw new Error("no blocks");
  const late = { ...first, uploaded: third.max + HOUR + 1 };

  it("is a note about a head that a later one overtook", async () => {
    const [finding] = await found("upload.out-of-order", { specs: [late, second, third] });

    expect(finding).toMatchObject({ severity: "info", blocks: [ulidOf(late)] });
    expect(finding?.evidence).toMatchObject({ uploads: [{ overtakenBy: ulidOf(second) }] });
  });

  it("goes by the store's clock where meta.json has no upload time", async () => {
    const specs = [late, second, third].map((spec) => ({
      ...spec,
      uploaded: null,
      written: spec.uploaded ?? undefined,
    }));
    expect(await told("upload.out-of-order", { specs })).toEqual(["info upload.out-of-order"]);
  });

  it("is none in order, also at the same moment", async () => {
    expect(await told("upload.out-of-order", { specs: [first, second, third] })).toEqual([]);
    const burst = [first, second, third].map((spec) => ({ ...spec, uploaded: NOW }));
    expect(await told("upload.out-of-order", { specs: burst })).toEqual([]);
  });

  it("is none of two producers with the same labels, whose heads overlap", async () => {
    const twin = {
      ...first,
      min: first.min + 5,
      ulid: ulidAt(first.max + HOUR, "T"),
      uploaded: first.max + HOUR - MINUTE,
    };
    expect(await told("upload.out-of-order", { specs: [first, twin, second] })).toEqual([]);
  });

  it("is a warning where the window was compacted without it", async () => {
    const compacted = (sources: readonly string[]): BlockSpec => ({
      min: first.min,
      max: third.max,
      level: 2,
      source: "compactor",
      sources,
      ulid: ulidAt(NOW, "M"),
    });
    const without = [late, second, third, compacted([second, third].map(ulidOf))];
    const whole = [late, second, third, compacted([first, second, third].map(ulidOf))];

    expect(await told("upload.out-of-order", { specs: without })).toEqual(["warning upload.out-of-order"]);
    expect(await told("upload.out-of-order", { specs: whole })).toEqual(["info upload.out-of-order"]);
  });
});
