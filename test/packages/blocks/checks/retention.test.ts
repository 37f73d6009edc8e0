import { describe, expect, it } from "vitest";
import { explains } from "#blocks/causes";
import { everyFinding, found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, blockObjects, DAY, HOUR, object, ulidAt, ulidOf } from "#test/packages/blocks/factory";

/** A raw block of 2 d that ended so long before now. */
function aged(age: number, rest: Partial<BlockSpec> = {}): BlockSpec {
  const max = NOW - age;
  return {
    min: max - 2 * DAY,
    max,
    source: "compactor",
    level: 3,
    uploaded: max + HOUR,
    ulid: ulidAt(max + HOUR),
    ...rest,
  };
}

describe("retention.overdue", () => {
  const settings = { retention: { raw: "30d" } };

  it.each([
    { age: 31 * DAY, ids: [] },
    { age: 31 * DAY + 1000, ids: ["warning retention.overdue"] },
  ])("begins 24 h after the end of the retention: $age ms", async ({ age, ids }) => {
    expect(await told("retention.overdue", { specs: [aged(age)], settings })).toEqual(ids);
  });

  it("is none of a block that has its mark, that is kept for ever, or that came late", async () => {
    expect(await told("retention.overdue", { specs: [aged(32 * DAY, { markedAt: NOW - HOUR })], settings })).toEqual(
      [],
    );
    expect(await told("retention.overdue", { specs: [aged(400 * DAY)] })).toEqual([]);
    expect(await told("retention.overdue", { specs: [aged(90 * DAY, { uploaded: NOW - HOUR })], settings })).toEqual(
      [],
    );
  });

  it("goes by the newest mark of the compactor's where the settings say nothing, and says so", async () => {
    const marked = aged(33 * DAY, { labels: { cluster: "m" } });
    const details = "block exceeding retention of 720h0m0s";
    const mark = { id: ulidOf(marked), version: 1, deletion_time: Math.floor((NOW - 30 * HOUR) / 1000), details };
    const objects = [
      ...blockObjects(marked),
      object(`${ulidOf(marked)}/deletion-mark.json`, JSON.stringify(mark), NOW - 30 * HOUR),
    ];
    const [finding] = await found("retention.overdue", { specs: [aged(32 * DAY)], objects });

    expect(finding?.evidence).toMatchObject({ retentionRawMs: 30 * DAY, inferredFromMarks: [0], blocks: 1 });
    const settings = { retention: { raw: "0d" } };
    expect(await told("retention.overdue", { specs: [aged(32 * DAY)], objects, settings })).toEqual([]);
  });
});

describe("retention.misconfig", () => {
  const misconfig = (retention: object, more: object = {}) =>
    told("retention.misconfig", { settings: { retention, ...more } });

  it.each([
    { what: "everything for ever", retention: {}, ids: [] },
    { what: "raw for 13 d", retention: { raw: "13d", "5m": "15d" }, ids: [] },
    { what: "5 m for 17 d", retention: { raw: "7d", "5m": "17d" }, ids: [] },
    { what: "5 m for ever", retention: { raw: "2d" }, ids: [] },
    { what: "both for too short", retention: { raw: "7d", "5m": "12d" }, ids: ["critical"] },
    { what: "1 h no longer than 5 m", retention: { raw: "7d", "5m": "12d", "1h": "12d" }, ids: ["warning"] },
    { what: "raw for less than a window", retention: { raw: "20h" }, ids: ["warning"] },
  ])("is $ids where the compactor keeps $what", async ({ retention, ids }) => {
    expect(await misconfig(retention)).toEqual(ids.map((severity) => `${severity} retention.misconfig`));
  });

  it("counts half of the delete delay, in which marked blocks can still be downsampled", async () => {
    expect(await misconfig({ raw: "11d6h", "5m": "10d" }, { deleteDelay: "48h" })).toEqual([]);
    expect(await misconfig({ raw: "11d6h", "5m": "10d" }, { deleteDelay: "0s" })).toHaveLength(1);
  });

  it("is none where the compactor does not downsample", async () => {
    expect(await misconfig({ raw: "20h" }, { downsampling: false })).toEqual([]);
  });
});

describe("retention.expires-undownsampled", () => {
  const settings = { retention: { raw: "30d" } };
  const id = "retention.expires-undownsampled";

  it.each([
    { age: 23 * DAY - 1000, ids: [] },
    { age: 23 * DAY, ids: [`critical ${id}`] },
  ])("begins a week before the end of the retention: $age ms", async ({ age, ids }) => {
    expect(await told(id, { specs: [aged(age)], settings })).toEqual(ids);
  });

  it("is none of a block that has its 5 m samples, though they are part of a longer one", async () => {
    const raw = aged(25 * DAY);
    const made: BlockSpec = {
      ...aged(20 * DAY, { resolution: 300_000, ulid: ulidAt(NOON, "5") }),
      ...{ min: raw.min, sources: [ulidOf(raw), ulidAt(NOON, "6")] },
    };
    expect(await told(id, { specs: [raw, made], settings })).toEqual([]);
  });

  it("gives a compactor time for a block that is new", async () => {
    const uploaded = NOW - 6 * HOUR;
    const specs = [aged(25 * DAY, { uploaded, ulid: ulidAt(uploaded) })];
    expect(await told(id, { specs, settings })).toEqual([]);
    expect(await told(id, { specs, settings, now: NOW + 1 })).toHaveLength(1);
  });

  it("is told of under the retention that is at fault", async () => {
    const findings = await everyFinding({
      specs: [aged(6 * DAY)],
      settings: { retention: { raw: "7d", "5m": "12d" } },
    });
    const misconfig = findings.find((finding) => finding.id === "retention.misconfig");
    const expiring = findings.find((finding) => finding.id === id);
    expect(misconfig && expiring && explains(misconfig, expiring)).toBe(true);
  });
});
