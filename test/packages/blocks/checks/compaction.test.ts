import { describe, expect, it } from "vitest";
import { explains } from "#blocks/causes";
import type { Finding, FindingId } from "#blocks/finding";
import { everyFinding, found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks, MINUTE, ulidAt } from "#test/packages/blocks/factory";

/** Six heads: the first window of 8 h is full once two newer ones are visible, 30 m after the upload of the second. */
const HEADS = headBlocks(NOON, 6);
const WINDOW_END = NOON - 4 * HOUR;
const ELIGIBLE = WINDOW_END + 4 * HOUR + HOUR + 30 * MINUTE;

/** Of another stream, so long after the window could be compacted. */
function compactorBlock(at: number): BlockSpec {
  return {
    ...{ min: NOON - 20 * DAY, max: NOON - 20 * DAY + 8 * HOUR, labels: { cluster: "b" }, source: "compactor" },
    ...{ level: 2, ulid: ulidAt(at, "C"), uploaded: at },
  };
}

const stalledAt = (now: number, ...more: readonly BlockSpec[]) =>
  told("compactor.stalled", { specs: [...HEADS, ...more], now });

describe("compactor.stalled", () => {
  it.each([
    { after: 6 * HOUR, ids: [] },
    { after: 6 * HOUR + 1, ids: ["warning compactor.stalled"] },
    { after: DAY, ids: ["warning compactor.stalled"] },
    { after: DAY + 1, ids: ["critical compactor.stalled"] },
  ])("begins 6 h after something could be compacted, and is critical at 24 h: $after ms", async ({ after, ids }) => {
    expect(await stalledAt(ELIGIBLE + after)).toEqual(ids);
  });

  it("counts from the last block that the compactor made", async () => {
    const last = ELIGIBLE + 2 * HOUR;
    expect(await stalledAt(last + 6 * HOUR, compactorBlock(last))).toEqual([]);
    expect(await stalledAt(last + 6 * HOUR + 1, compactorBlock(last))).toEqual(["warning compactor.stalled"]);
  });

  it("is none where the compactor goes on with others: that is compactor.lag", async () => {
    const last = ELIGIBLE + 6 * HOUR + 1;
    expect(await stalledAt(last + 12 * HOUR, compactorBlock(last))).toEqual([]);
    const specs = [...HEADS, compactorBlock(last)];
    expect(await told("compactor.lag", { specs, now: last + 12 * HOUR })).toEqual(["warning compactor.lag"]);
  });

  it("is none where there is nothing to compact", async () => {
    expect(await told("compactor.stalled", { specs: HEADS.slice(-3), now: ELIGIBLE + 9 * DAY })).toEqual([]);
  });

  it("knows that a block was not there before it was uploaded, whatever its ULID says", async () => {
    const specs = HEADS.map((spec) => ({ ...spec, uploaded: NOW, ulid: ulidAt(spec.max + HOUR, "L") }));
    expect(await told("compactor.", { specs, now: NOW + 6 * HOUR })).toEqual([]);
  });

  it("tells of an overlap that halted the compactor, and is told of under it", async () => {
    const [first] = HEADS;
    const copy: BlockSpec = { min: 0, max: 1, ...first, ulid: ulidAt(NOON, "X"), samples: 7, uploaded: NOON };
    const findings = await everyFinding({ specs: [...HEADS, copy], now: NOON + 7 * HOUR });
    const halt = of("compactor.will-halt", findings);

    expect(halt && explains(halt, of("compactor.stalled", findings) ?? halt)).toBe(true);
    expect(halt && explains(halt, of("compactor.lag", findings) ?? halt)).toBe(true);
  });

  it("tells of what is left undone under itself", async () => {
    const specs = [...HEADS, { ...compactorBlock(NOON - 9 * DAY), markedAt: NOON - 3 * DAY }];
    const findings = await everyFinding({ specs, now: ELIGIBLE + DAY });
    const stalled = of("compactor.stalled", findings);
    const undone = findings.filter(({ id }) => id === "delete.overdue" || id === "compactor.lag");

    expect(undone).toHaveLength(2);
    expect(undone.filter((one) => stalled === undefined || !explains(stalled, one))).toEqual([]);
  });
});

function of(id: FindingId, findings: readonly Finding[]): Finding | undefined {
  return findings.find((finding) => finding.id === id);
}

describe("compactor.index-limit", () => {
  const GIB = 2 ** 30;
  const blocks = (first: number, second: number): BlockSpec[] =>
    [first, second].map((indexSize, index) => {
      const min = Math.floor(NOON / (14 * DAY)) * 14 * DAY - 28 * DAY + index * 48 * HOUR;
      return {
        min,
        max: min + 48 * HOUR,
        source: "compactor",
        level: 3,
        indexSize,
        ulid: ulidAt(NOON - DAY, `J${index}`),
      };
    });

  it.each([
    { sizes: [22 * GIB, 22.8 * GIB - 1], ids: [] },
    { sizes: [22 * GIB, 22.8 * GIB], ids: ["warning compactor.index-limit"] },
    { sizes: [60 * GIB, 0], ids: ["warning compactor.index-limit"] },
  ])("begins at 70 % of 64 GiB: $sizes", async ({ sizes: [first = 0, second = 0], ids }) => {
    expect(await told("compactor.index-limit", { specs: blocks(first, Math.ceil(second)) })).toEqual(ids);
  });

  it("says which block will be left out, where it is 85 % or more", async () => {
    const specs = blocks(30 * GIB, 25 * GIB);
    const [finding] = await found("compactor.index-limit", { specs });
    expect(finding?.consequence).toContain(`the largest of those up to the limit, ${specs[0]?.ulid}`);
  });

  it("looks no further than where the limit is passed, as the compactor", async () => {
    const [first, second] = blocks(30 * GIB, 25 * GIB);
    const third = second && { ...second, min: second.max, max: second.max + 48 * HOUR, indexSize: 40 * GIB };
    const specs = [first, second, third && { ...third, ulid: ulidAt(NOON - DAY, "J2") }].filter(
      (one) => one !== undefined,
    );
    const [finding] = await found("compactor.index-limit", { specs });
    expect(finding?.consequence).toContain(`up to the limit, ${first?.ulid}`);
  });

  it("leaves blocks that are compacted with others before, and a block that is alone", async () => {
    const heads = headBlocks(NOON, 4, { indexSize: 23 * GIB, min: 0 }).map((spec) => ({
      ...spec,
      min: spec.max - 2 * HOUR + 1,
    }));
    expect(
      await told("compactor.index-limit", { specs: [...heads.slice(0, 1), ...blocks(60 * GIB, 0).slice(0, 1)] }),
    ).toEqual([]);
    expect(await told("compactor.index-limit", { specs: heads.slice(-3), now: NOW + HOUR })).toHaveLength(1);
  });
});

describe("compactor.churn", () => {
  const long: BlockSpec = {
    min: NOON - 10 * DAY,
    max: NOON - 9 * DAY,
    tombstones: 3,
    source: "bucket.upload",
    ulid: ulidAt(NOON - 9 * DAY),
  };
  const newer = headBlocks(NOON - 2 * HOUR, 1);

  it("is critical for a block that is compacted alone: it is lost", async () => {
    const [finding] = await found("compactor.churn", { specs: [long, ...newer] });
    expect(finding).toMatchObject({ severity: "critical", blocks: [long.ulid], evidence: { cause: "same-sources" } });
  });

  it("is none where marks act at once, so that it ends", async () => {
    expect(await told("compactor.churn", { specs: [long, ...newer], settings: { deleteDelay: "0s" } })).toEqual([]);
  });

  it("is none for a block with few tombstones", async () => {
    expect(await told("compactor.churn", { specs: [{ ...long, tombstones: 0 }, ...newer] })).toEqual([]);
  });
});

describe("compactor.sync-risk", () => {
  const settings = { thresholds: { syncBlocks: 8 } };

  it.each([
    { count: 7, ids: [] },
    { count: 8, ids: ["warning compactor.sync-risk"] },
  ])("begins at the number of blocks: $count", async ({ count, ids }) => {
    expect(await told("compactor.sync-risk", { specs: headBlocks(NOON, count), settings })).toEqual(ids);
  });

  it("allows for a longer interval, and for a compactor that does not wait", async () => {
    const specs = headBlocks(NOON, 8);
    for (const waitInterval of ["6m", "0s"]) {
      expect(await told("compactor.sync-risk", { specs, settings: { ...settings, waitInterval } })).toEqual([]);
    }
  });
});
