import { describe, expect, it } from "vitest";
import { explains } from "#blocks/causes";
import { everyFinding, found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { BLOCK, OLD, OTHER, OVERLAPS } from "#test/packages/blocks/checks/overlap-cases";
import { type BlockSpec, HOUR, headBlocks, MINUTE, ulidAt, ulidOf } from "#test/packages/blocks/factory";

const HEADS = headBlocks(NOON, 6);
const ROWS = Object.entries(OVERLAPS);

describe("the classes of overlaps", () => {
  it.each(ROWS)("%s is told by its signs, and no other class with it", async (id, pair) => {
    const specs = [...HEADS, ...pair];

    expect(await told("overlap.", { specs })).toEqual([`critical ${id}`]);
    const [halt] = await found("compactor.will-halt", { specs });
    const [finding] = (await everyFinding({ specs })).filter((one) => one.id === id);
    expect(halt && finding && explains(halt, finding)).toBe(true);
    expect(finding?.blocks).toEqual(pair.map(ulidOf).sort());
  });

  it.each(ROWS)("%s has a remedy of its own", async (id, pair) => {
    const remedies = await Promise.all(
      ROWS.map(
        async ([, specs]) => (await everyFinding({ specs })).find((one) => one.id.startsWith("overlap."))?.remedy,
      ),
    );
    const [own] = (await everyFinding({ specs: pair })).filter((one) => one.id === id);
    expect(remedies.filter((remedy) => remedy === own?.remedy)).toHaveLength(1);
  });

  it("are notes with vertical compaction on, but for those that it cannot or must not merge", async () => {
    const settings = { verticalCompaction: true };
    const severities = await Promise.all(ROWS.map(([, pair]) => told("overlap.", { specs: pair, settings })));

    expect(severities.flat().filter((text) => text.startsWith("critical"))).toEqual([
      "critical overlap.e-two-compactors",
      "critical overlap.h-downsampled",
    ]);
  });

  it("never advise to merge the blocks of two producers", async () => {
    const [finding] = await found("overlap.c-same-labels", { specs: OVERLAPS["overlap.c-same-labels"] });
    expect(finding?.remedy).toContain("Do not turn --compact.enable-vertical-compaction on");
  });

  it("are told apart in one group", async () => {
    const later = (spec: BlockSpec): BlockSpec => ({ ...spec, min: spec.min + 12 * HOUR, max: spec.max + 12 * HOUR });
    const specs = [
      ...HEADS,
      ...OVERLAPS["overlap.d-late-upload"],
      ...OVERLAPS["overlap.i-restart"].map((spec, index) => later({ ...spec, ulid: ulidAt(NOON, `E${index}`) })),
    ];

    expect(await told("overlap.", { specs })).toEqual(["critical overlap.d-late-upload", "critical overlap.i-restart"]);
  });
});

describe("overlap.a-duplicate", () => {
  const sources = [ulidAt(1), ulidAt(2)];
  const twice = [BLOCK, OTHER].map((spec) => ({ ...spec, sources, uploaded: NOW - 3 * HOUR }));
  const run = (uploaded: number): BlockSpec => ({
    min: OLD - 8 * HOUR,
    max: OLD,
    level: 2,
    source: "compactor",
    ulid: ulidAt(NOON, "R"),
    uploaded,
  });

  it.each([
    { uploaded: NOW - 4 * HOUR, ids: ["info overlap.a-duplicate"] },
    { uploaded: NOW - 2 * HOUR, ids: ["info overlap.a-duplicate"] },
    { uploaded: NOW - 2 * HOUR + 1, ids: ["warning overlap.a-duplicate"] },
  ])("is a warning when the compactor ran an hour later and left it", async ({ uploaded, ids }) => {
    expect(await told("overlap.", { specs: [...HEADS, ...twice, run(uploaded)] })).toEqual(ids);
  });

  it("says which of them stays", async () => {
    const [finding] = await found("overlap.a-duplicate", { specs: twice });
    expect(finding?.evidence).toMatchObject({ duplicates: 1, sets: [{ kept: BLOCK.ulid, others: [OTHER.ulid] }] });
  });

  it("is none with other numbers, or once marked", async () => {
    const [one, two] = twice;
    if (one === undefined || two === undefined) throw new Error("no blocks");
    expect(await told("overlap.a", { specs: [one, { ...two, samples: 9 }] })).toEqual([]);
    expect(await told("overlap.a", { specs: [one, { ...two, markedAt: NOW - MINUTE }] })).toEqual([]);
  });
});

describe("compactor.multiple", () => {
  const shared = OVERLAPS["overlap.e-two-compactors"];

  it("is told by blocks that share some of their sources, and swallows that overlap", async () => {
    const findings = await everyFinding({ specs: [...HEADS, ...shared] });
    const [multiple] = findings.filter(({ id }) => id === "compactor.multiple");
    const overlaps = findings.filter(({ id }) => id.startsWith("overlap."));

    expect(multiple).toMatchObject({
      severity: "critical",
      evidence: { windowsWithSharedSources: 1, compactedTwice: 0 },
    });
    expect(overlaps.filter((one) => multiple && explains(multiple, one))).toEqual(overlaps);
  });

  it("is told by two compactions that were made twice, not by one", async () => {
    const set = (index: number) =>
      ["A", "B"].map(
        (salt): BlockSpec => ({
          ...BLOCK,
          min: OLD + index * 8 * HOUR,
          max: OLD + (index + 1) * 8 * HOUR,
          ulid: ulidAt(NOON, `${salt}${index}`),
          sources: [ulidAt(index + 1)],
        }),
      );

    expect(await told("compactor.multiple", { specs: set(0) })).toEqual([]);
    expect(await told("compactor.multiple", { specs: [...set(0), ...set(1)] })).toEqual([
      "critical compactor.multiple",
    ]);
  });

  it("is not told by two producers", async () => {
    expect(await told("compactor.multiple", { specs: OVERLAPS["overlap.c-same-labels"] })).toEqual([]);
  });
});
