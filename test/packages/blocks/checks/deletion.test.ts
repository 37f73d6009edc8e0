import { describe, expect, it } from "vitest";
import { found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import {
  type BlockSpec,
  blockObjects,
  DAY,
  HOUR,
  headBlocks,
  MINUTE,
  metaOf,
  object,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const FRESH = headBlocks(NOON, 6);

function head(index: number): BlockSpec {
  const spec = FRESH[index];
  if (spec === undefined) throw new Error(`no block ${index}`);
  return spec;
}

/** A block, the older the index the smaller, marked so long ago with these details. */
function marked(spec: BlockSpec, { age = 2 * HOUR, details = "source of compacted block", now = NOW } = {}) {
  const ulid = ulidOf(spec);
  const at = now - age;
  const mark = { id: ulid, version: 1, deletion_time: Math.floor(at / 1000), details };
  return [...blockObjects(spec), object(`${ulid}/deletion-mark.json`, JSON.stringify(mark), at)];
}

/** What the compactor makes of these. */
function merged(specs: readonly BlockSpec[], rest: Partial<BlockSpec> = {}): BlockSpec {
  return {
    min: specs[0]?.min ?? 0,
    max: specs.at(-1)?.max ?? 0,
    level: 2,
    source: "compactor",
    sources: specs.map(ulidOf),
    ulid: ulidAt(NOW - HOUR, "M"),
    ...rest,
  };
}

describe("delete.uncovered", () => {
  const parents = FRESH.slice(0, 4);
  const others = FRESH.slice(4);
  const deleted = parents.flatMap((spec) => marked(spec));

  it("is critical where Thanos believes in a block that is not there", async () => {
    const [first, ...more] = await found("delete.uncovered", { specs: others, objects: deleted });

    expect(more).toHaveLength(3);
    expect(first).toMatchObject({
      severity: "critical",
      blocks: [ulidOf(head(0))],
      since: "2026-11-20T12:10:00Z",
      evidence: { sources: 1, lostSources: [ulidOf(head(0))], deletedFrom: "2026-11-22T11:10:00Z" },
    });
    expect(first?.consequence).toContain("2026-11-22T11:10:00Z");
    expect(first?.remedy).toContain(`--remove --marker=deletion-mark.json --id=${ulidOf(head(0))}`);
  });

  it.each([
    { what: "the block made of them is there", specs: [merged(parents)] },
    { what: "that one was compacted on", specs: [merged(FRESH)] },
    { what: "it is that of all replicas", specs: [merged(parents, { labels: { cluster: "a" } })] },
  ])("is quiet while $what", async ({ specs }) => {
    expect(await told("delete.uncovered", { specs: [...others, ...specs], objects: deleted })).toEqual([]);
  });

  it.each([
    { what: "of another cluster", rest: { labels: { cluster: "b" } } },
    { what: "of another resolution", rest: { resolution: 300_000 } },
    { what: "of three of the four", rest: { sources: parents.slice(1).map(ulidOf) } },
  ])("is not content with a block $what", async ({ rest }) => {
    const ids = await told("delete.uncovered", { specs: [...others, merged(parents, rest)], objects: deleted });
    expect(ids).toContain("critical delete.uncovered");
  });

  it.each([
    { what: "by hand", details: "by hand", age: HOUR, ids: ["warning delete.uncovered"] },
    { what: "by Thanos", details: "source of compacted block", age: HOUR, ids: ["critical delete.uncovered"] },
    { what: "this very moment", details: "source of compacted block", age: MINUTE, ids: [] },
  ])("tells of the block that was made of them alone, which is marked too: $what", async ({ details, age, ids }) => {
    const whole = merged(parents);
    const of = { specs: others, objects: [...deleted, ...marked(whole, { age, details })] };

    expect(await told("delete.uncovered", of)).toEqual(ids);
    for (const finding of await found("delete.uncovered", of)) expect(finding.blocks).toEqual([ulidOf(whole)]);
  });

  it("tells of each of two that are the same, and marked both", async () => {
    const objects = [...marked(merged(parents)), ...marked(merged(parents, { ulid: ulidAt(NOW - HOUR, "N") }))];
    expect(await told("delete.uncovered", { specs: others, objects })).toHaveLength(2);
  });

  it.each([
    { age: HOUR - 1000, ids: [] },
    { age: HOUR, ids: ["critical delete.uncovered"] },
  ])("gives the two writes of a compaction an hour: $age ms", async ({ age, ids }) => {
    const objects = marked(head(0), { age });
    expect(await told("delete.uncovered", { specs: FRESH.slice(1), objects })).toEqual(ids);
  });

  it("leaves what retention deletes, by its mark or by the settings", async () => {
    const byMark = marked(head(0), { details: "block exceeding retention of 720h0m0s" });
    expect(await told("delete.uncovered", { specs: FRESH.slice(1), objects: byMark })).toEqual([]);
    const settings = { retention: { raw: "2h" } };
    const specs = FRESH.slice(1);
    expect(await told("delete.uncovered", { specs, objects: marked(head(0)), settings })).toEqual([]);
  });

  it("leaves what is past the retention that marks tell of", async () => {
    const ofRetention = marked(head(0), { details: "block exceeding retention of 8h0m0s" });
    const of = (index: number) => ({
      specs: FRESH.filter((_, at) => at !== 0 && at !== index),
      objects: [...ofRetention, ...marked(head(index))],
    });
    expect(await told("delete.uncovered", of(1))).toEqual([]);
    expect(await told("delete.uncovered", of(2))).toEqual(["critical delete.uncovered"]);
  });

  it.each(["source of repaired block", "manual verify-repair", "outdated block", "block rewritten"])(
    "is critical for Thanos's own: %s",
    async (details) => {
      const objects = marked(head(0), { details });
      expect(await told("delete.uncovered", { specs: FRESH.slice(1), objects })).toEqual(["critical delete.uncovered"]);
    },
  );

  it("leaves the parents of a block that retention deletes", async () => {
    const whole = marked(merged(parents), { details: "block exceeding retention of 1h0m0s" });
    expect(await told("delete.uncovered", { specs: others, objects: [...deleted, ...whole] })).toEqual([]);
  });

  it("is a warning for a mark that somebody set, which may be meant", async () => {
    const objects = marked(head(0), { details: "two producers with the same labels" });
    const [finding] = await found("delete.uncovered", { specs: FRESH.slice(1), objects });

    expect(finding?.severity).toBe("warning");
    expect(finding?.remedy).toContain("marked it by hand");
  });

  it("leaves empty blocks", async () => {
    const objects = marked({ ...head(0), samples: 0 });
    expect(await told("delete.uncovered", { specs: FRESH.slice(1), objects })).toEqual([]);
  });

  it("knows that a rewritten block stands for what it was made of, also once it is compacted itself", async () => {
    const rewritten: BlockSpec = { ...head(0), source: "bucket.rewrite", ulid: ulidAt(NOW - HOUR, "R") };
    const old = marked(head(0), { details: "block rewritten" });
    const meta = metaOf(rewritten);
    const text = JSON.stringify({
      ...meta,
      thanos: { ...Object(meta.thanos), rewrites: [{ sources: [ulidOf(head(0))] }] },
    });
    const made = (objects: ReturnType<typeof blockObjects>) =>
      objects.map((one) => (one.key.endsWith("/meta.json") ? object(one.key, text, one.lastModified) : one));
    const specs = FRESH.slice(1);

    expect(await told("delete.uncovered", { specs, objects: [...old, ...made(blockObjects(rewritten))] })).toEqual([]);
    const gone = [...old, ...made(marked(rewritten))];
    const next = merged([rewritten, head(1)]);
    expect(await told("delete.uncovered", { specs: [...specs, next], objects: gone })).toEqual([]);
    expect(await told("delete.uncovered", { specs, objects: gone })).toHaveLength(2);
  });
});

describe("delete.overdue", () => {
  const of = (age: number) => ({ specs: FRESH.slice(1), objects: marked(head(0), { age }) });

  it.each([
    { age: 54 * HOUR, ids: [] },
    { age: 54 * HOUR + 1, ids: ["warning delete.overdue"] },
    { age: 7 * DAY, ids: ["warning delete.overdue"] },
    { age: 7 * DAY + 1, ids: ["critical delete.overdue"] },
  ])("begins 6 h after the delete delay, and is critical at 7 d: $age ms", async ({ age, ids }) => {
    expect(await told("delete.overdue", of(age))).toEqual(ids);
  });

  it("goes by the compactor's own delay", async () => {
    const settings = { deleteDelay: "5d" };
    expect(await told("delete.overdue", { ...of(5 * DAY + 6 * HOUR), settings })).toEqual([]);
    expect(await told("delete.overdue", { ...of(5 * DAY + 6 * HOUR + 1), settings })).toEqual([
      "warning delete.overdue",
    ]);
  });

  it("is one incident for all blocks, the oldest first", async () => {
    const objects = [...marked(head(1), { age: 60 * HOUR }), ...marked(head(0), { age: 70 * HOUR })];
    const [finding, ...more] = await found("delete.overdue", { specs: FRESH.slice(2), objects });

    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      blocks: [ulidOf(head(0)), ulidOf(head(1))],
      evidence: { blocks: 2, bytes: 2 * 150 + bytes(objects) },
    });
    expect(finding?.since).toBe("2026-11-19T21:10:00Z");
  });

  function bytes(objects: ReturnType<typeof blockObjects>): number {
    return objects.filter(({ key }) => key.endsWith(".json")).reduce((sum, { size }) => sum + size, 0);
  }

  it("does not take a mark without a time for one of 1970", async () => {
    const mark = object(`${ulidOf(head(0))}/deletion-mark.json`, '{"version":1}', NOW - HOUR);
    expect(await told("delete.overdue", { specs: FRESH, objects: [mark] })).toEqual([]);
  });
});

describe("block.delete-stuck and block.orphan-mark", () => {
  const ulid = ulidAt(NOW - 100 * HOUR);
  const mark = (age: number) => object(`${ulid}/deletion-mark.json`, '{"version":1,"deletion_time":1}', NOW - age);
  const data = object(`${ulid}/chunks/000001`, 9, NOW - 100 * HOUR);

  it.each([
    { age: 54 * HOUR, ids: [] },
    { age: 54 * HOUR + 1, ids: ["warning block.delete-stuck"] },
  ])("a deletion is stuck 54 h after the last write: $age ms", async ({ age, ids }) => {
    expect(await told("block.", { objects: [mark(age), data] })).toEqual(ids);
  });

  it.each([
    { age: 72 * HOUR, ids: [] },
    { age: 72 * HOUR + 1, ids: ["info block.orphan-mark"] },
  ])("marks are orphans after 72 h: $age ms", async ({ age, ids }) => {
    expect(await told("block.", { objects: [mark(age)] })).toEqual(ids);
  });

  it("are one finding each, with numbers", async () => {
    const [stuck] = await found("block.delete-stuck", { objects: [mark(60 * HOUR), data] });
    const second = object(`${ulid}/no-compact-mark.json`, "{}", NOW - 80 * HOUR);
    const [orphans] = await found("block.orphan-mark", { objects: [mark(80 * HOUR), second] });

    expect(stuck?.evidence).toMatchObject({ blocks: 1, objects: [{ objects: 2 }] });
    expect(orphans?.evidence).toMatchObject({
      directories: 1,
      marks: [`${ulid}/deletion-mark.json`, `${ulid}/no-compact-mark.json`],
    });
  });

  it("are none of a block that is whole", async () => {
    expect(await told("block.", { specs: [{ ...head(0), markedAt: NOW - 80 * HOUR }], now: NOW + MINUTE })).toEqual([]);
  });
});

describe("delete.marked-fresh", () => {
  const byHand = (rest = {}) => ({
    specs: FRESH.slice(1),
    objects: marked(head(0), { details: "wrong data", ...rest }),
  });

  it("is a note about a mark that somebody set, with what goes when", async () => {
    const [finding, ...more] = await found("delete.marked-fresh", byHand());

    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: "info",
      blocks: [ulidOf(head(0))],
      since: "2026-11-20T11:10:00Z",
      evidence: {
        blocks: 1,
        samples: 1680,
        details: ["wrong data"],
        marks: [{ deletedFrom: "2026-11-22T11:10:00Z", covered: false }],
      },
    });
    expect(finding?.remedy).toContain("--remove --marker=deletion-mark.json --id=<ULID>");
  });

  it.each([
    "source of compacted block",
    "outdated block",
    "block exceeding retention of 720h0m0s",
    "block rewritten",
    "",
  ])("leaves marks of Thanos's own: %s", async (details) => {
    expect(await told("delete.marked-fresh", byHand({ details }))).toEqual([]);
  });

  it.each([
    { raw: "2h", ids: [] },
    { raw: "13h", ids: ["info delete.marked-fresh"] },
    { raw: "0d", ids: ["info delete.marked-fresh"] },
  ])("is none of a block that the retention of $raw ends", async ({ raw, ids }) => {
    expect(await told("delete.marked-fresh", { ...byHand(), settings: { retention: { raw } } })).toEqual(ids);
  });

  it("says which of them another block covers", async () => {
    const specs = [...FRESH.slice(1), merged(FRESH)];
    const [finding] = await found("delete.marked-fresh", { ...byHand(), specs });
    expect(finding?.evidence).toMatchObject({ marks: [{ covered: true }] });
  });
});

describe("cost.marked-bytes", () => {
  const objects = [...marked(head(0)), ...marked(head(1), { age: 30 * HOUR })];
  const bytes = objects.reduce((sum, { size }) => sum + size, 0);
  const of = (markedBytes: number) => ({ specs: FRESH.slice(2), objects, settings: { thresholds: { markedBytes } } });

  it("is a note above the threshold, and silent at it", async () => {
    expect(await told("cost.", of(bytes))).toEqual([]);
    expect(await told("cost.", of(bytes - 1))).toEqual(["info cost.marked-bytes"]);
  });

  it("begins at 100 GiB", async () => {
    expect(await told("cost.", { ...of(0), settings: {} })).toEqual([]);
    const large = [...objects, object(`${ulidOf(head(0))}/chunks/000002`, 100 * 2 ** 30, NOW - 2 * HOUR)];
    expect(await told("cost.", { ...of(0), objects: large, settings: {} })).toEqual(["info cost.marked-bytes"]);
  });

  it("counts bytes, how many of them nobody reads any more, and the oldest mark", async () => {
    const [finding] = await found("cost.marked-bytes", of(0));
    expect(finding).toMatchObject({
      since: "2026-11-19T07:10:00Z",
      evidence: { blocks: 2, bytes, deleteDelayMs: 48 * HOUR, largest: [{}, {}] },
    });
    expect(finding?.evidence.unreadBytes).toBe(
      marked(head(1), { age: 30 * HOUR }).reduce((sum, { size }) => sum + size, 0),
    );
  });
});
