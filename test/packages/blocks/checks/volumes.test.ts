import { describe, expect, it } from "vitest";
import { found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks, MINUTE, ulidAt, ulidOf } from "#test/packages/blocks/factory";

/** Thirteen heads, the newest with other stats. */
function heads(newest: Partial<BlockSpec>, count = 13): BlockSpec[] {
  return headBlocks(NOON, count).map((spec, index) => (index === count - 1 ? { ...spec, ...newest } : spec));
}

describe("upload.volume-drop", () => {
  const WHOLE = { samples: 1680, series: 14 };

  it.each([
    { newest: WHOLE, ids: [] },
    { newest: { samples: 841 }, ids: [] },
    { newest: { samples: 839 }, ids: ["warning upload.volume-drop"] },
    { newest: { samples: 3359 }, ids: [] },
    { newest: { samples: 3361 }, ids: ["warning upload.volume-drop"] },
    { newest: { series: 7 }, ids: [] },
    { newest: { series: 6 }, ids: ["warning upload.volume-drop"] },
    { newest: { series: 28 }, ids: [] },
    { newest: { series: 29 }, ids: ["warning upload.volume-drop"] },
  ])("compares the newest head with the median: $newest", async ({ newest, ids }) => {
    expect(await told("upload.volume", { specs: heads(newest) })).toEqual(ids);
  });

  it("tells the numbers, per minute", async () => {
    const [finding] = await found("upload.volume-drop", { specs: heads({ samples: 420 }) });
    expect(finding?.evidence).toMatchObject({
      samplesPerMinute: 4,
      medianSamplesPerMinute: 14,
      series: 14,
      comparedBlocks: 12,
    });
    expect(finding?.summary).toContain("25 % of the samples per minute and 100 % of the series");
  });

  it("needs twelve heads before it", async () => {
    expect(await told("upload.volume", { specs: heads({ samples: 1 }, 12) })).toEqual([]);
  });

  it("takes a short head for what it is: per minute, and not at all below half a range", async () => {
    const short = (minutes: number, samples: number) => heads({ min: NOON - minutes * MINUTE, samples });
    expect(await told("upload.volume", { specs: short(60, 840) })).toEqual([]);
    expect(await told("upload.volume", { specs: short(60, 400) })).toEqual(["warning upload.volume-drop"]);
    expect(await told("upload.volume", { specs: short(59, 1) })).toEqual([]);
  });

  it("is not moved by one odd head among the twelve", async () => {
    const specs = heads({}).map((spec, index) => (index === 5 ? { ...spec, samples: 10 ** 6, series: 10 ** 6 } : spec));
    expect(await told("upload.volume", { specs })).toEqual([]);
  });

  it("is none of two producers with the same labels, of whom each has a volume of its own", async () => {
    const specs = [
      ...heads({}),
      { ...heads({}).at(-1), samples: 7, min: NOON - 2 * HOUR, max: NOON, ulid: ulidAt(NOW, "T") },
    ];
    expect(await told("upload.volume", { specs })).toEqual([]);
  });

  it("speaks of the last 24 h", async () => {
    const cut = NOON + HOUR;
    expect(await told("upload.volume", { specs: heads({ samples: 1 }), now: cut + DAY - 1 })).toHaveLength(1);
    expect(await told("upload.volume", { specs: heads({ samples: 1 }), now: cut + DAY })).toEqual([]);
  });
});

describe("upload.hole-inside", () => {
  const FRESH = headBlocks(NOON, 6);
  const [one, two, three, four] = headBlocks(NOON - 12 * HOUR, 4);
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("no blocks");
  const parentsOf = (specs: readonly BlockSpec[]) =>
    specs.map((spec) => ({ ulid: ulidOf(spec), minTime: spec.min, maxTime: spec.max }));
  const compacted = (specs: readonly BlockSpec[], rest: Partial<BlockSpec> = {}): BlockSpec => ({
    min: one.min,
    max: four.max,
    level: 2,
    source: "compactor",
    sources: specs.map(ulidOf),
    parents: parentsOf(specs),
    ulid: ulidAt(NOW - 2 * HOUR, "M"),
    ...rest,
  });

  it("tells what the parents leave between them, to the minute", async () => {
    const [finding] = await found("upload.hole-inside", { specs: [...FRESH, compacted([one, three, four])] });
    expect(finding).toMatchObject({
      severity: "info",
      evidence: {
        missingMs: three.min - one.max,
        gaps: [{ from: "2026-11-19T18:00:00Z", to: "2026-11-19T20:00:01Z" }],
        heads: [{ sources: 3, expectedSources: 4 }],
      },
    });
    expect(finding?.consequence).toContain("the compactor halts on it");
  });

  it.each([
    { lasts: 10 * MINUTE, ids: [] },
    { lasts: 10 * MINUTE + 1, ids: ["info upload.hole-inside"] },
  ])("passes over 10 m: $lasts ms", async ({ lasts, ids }) => {
    const parents = parentsOf([one, { ...two, min: one.max + lasts }, three, four]);
    const specs = [...FRESH, compacted([one, two, three, four], { parents })];
    expect(await told("upload.hole-inside", { specs })).toEqual(ids);
  });

  it("goes by the number of sources where what went in is contiguous", async () => {
    const before = { ulid: ulidAt(NOW, "P"), minTime: one.min, maxTime: four.max };
    const without = compacted([one, three, four], { level: 3, parents: [before] });
    expect(await told("upload.hole-inside", { specs: [...FRESH, without] })).toEqual(["info upload.hole-inside"]);
    const whole = compacted([one, two, three, four], { level: 3, parents: [before] });
    expect(await told("upload.hole-inside", { specs: [...FRESH, whole] })).toEqual([]);
  });

  it.each([
    { what: "that is marked", rest: { markedAt: NOW - HOUR } },
    { what: "that is downsampled", rest: { resolution: 300_000 } },
    { what: "that a tool made", rest: { source: "bucket.upload" } },
  ])("leaves a block $what", async ({ rest }) => {
    const specs = [...FRESH, compacted([one, three, four], rest)];
    expect(await told("upload.hole-inside", { specs })).toEqual([]);
  });

  it("leaves what overlaps with another block, which may have what it lacks", async () => {
    const specs = [...FRESH, compacted([one, three, four]), { ...two, ulid: ulidAt(NOW, "K") }];
    expect(await told("upload.hole-inside", { specs })).toEqual([]);
  });
});

describe("labels.cardinality", () => {
  const builds = (count: number) =>
    headBlocks(NOON, 1).flatMap((spec) =>
      Array.from({ length: count }, (_, build) => ({ ...spec, labels: { cluster: "ci", build: `${build}` } })),
    );
  const old = headBlocks(NOON, 100);

  it.each([
    { count: 9, before: 1, ids: [] },
    { count: 10, before: 1, ids: ["info labels.cardinality"] },
  ])("tells when $count new streams beside $before old are more than twice as many", async ({ count, ids }) => {
    expect(await told("labels.cardinality", { specs: [...old, ...builds(count)] })).toEqual(ids);
  });

  it("does not take a bucket that begins for one that grows", async () => {
    expect(await told("labels.cardinality", { specs: builds(50) })).toEqual([]);
  });

  it("tells the number of groups above its limit, and which label has the values", async () => {
    const settings = { thresholds: { groups: 3 } };
    expect(await told("labels.cardinality", { specs: builds(3), settings, now: NOON + 2 * HOUR })).toEqual([]);
    const [finding] = await found("labels.cardinality", { specs: builds(4), settings, now: NOON + 2 * HOUR });
    expect(finding?.evidence).toMatchObject({
      groups: 4,
      streams: 4,
      newStreams: 4,
      externalLabels: [
        { name: "build", values: 4, examples: ["0", "1", "2", "3"] },
        { name: "cluster", values: 1 },
      ],
    });
  });
});

describe("ha.asymmetric", () => {
  const replica = (name: string, series: number, rest: Partial<BlockSpec> = {}) =>
    headBlocks(NOON, 4, { labels: { cluster: "a", replica: name }, series, ...rest });

  it.each([
    { series: 100, ids: [] },
    { series: 80, ids: [] },
    { series: 79, ids: ["info ha.asymmetric"] },
  ])("tells that one has $series series beside 100", async ({ series, ids }) => {
    expect(await told("ha.", { specs: [...replica("0", 100), ...replica("1", series)] })).toEqual(ids);
  });

  it("compares the newest window that both have, and names both", async () => {
    const both = replica("0", 100);
    const behind = replica("1", 50).slice(0, 3);
    const [finding] = await found("ha.asymmetric", { specs: [...both, ...behind], now: NOON + 70 * MINUTE });

    expect(finding).toMatchObject({ labels: { cluster: "a" }, evidence: { maxTime: "2026-11-20T10:00:00Z" } });
    expect(finding?.evidence.replicas).toMatchObject([
      { replica: { replica: "1" }, series: 50 },
      { replica: { replica: "0" }, series: 100 },
    ]);
  });

  it("compares no cluster with another, and nothing with a replica that is late", async () => {
    const other = headBlocks(NOON, 4, { labels: { cluster: "b", replica: "0" }, series: 1 });
    expect(await told("ha.", { specs: [...replica("0", 100), ...other] })).toEqual([]);
    const late = replica("1", 1).slice(0, 1);
    expect(await told("ha.", { specs: [...replica("0", 100), ...late] })).toEqual([]);
  });
});
