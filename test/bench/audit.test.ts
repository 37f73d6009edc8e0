import { describe, expect, it } from "vitest";
import { blockOf } from "#bench/audit/blocks";
import { type FleetBlock, fleetBlocks, NOW, yearOldFleet } from "#bench/audit/fleet";
import { judge } from "#bench/audit/judge";
import { memoryBucket } from "#bench/audit/memory-bucket";
import { isShape, SHAPES } from "#bench/audit/shapes";
import { auditBucket } from "#blocks/audit";
import { defaultAuditSettings } from "#config/audit-settings";

const BLOCKS = 2000;
const fleet = [...fleetBlocks(yearOldFleet(BLOCKS))];

function count(what: (block: FleetBlock) => boolean): number {
  return fleet.filter(what).length;
}

describe("a fleet of a year", () => {
  it("has as many blocks as it is asked for, by a tenth", () => {
    expect(Math.abs(fleet.length - BLOCKS)).toBeLessThan(BLOCKS / 10);
  });

  it("is the same for the same seed, and another for another", () => {
    const [first] = fleetBlocks(yearOldFleet(BLOCKS));
    expect(first?.meta.ulid).toBe(fleet[0]?.meta.ulid);
    expect([...fleetBlocks(yearOldFleet(BLOCKS, 2))][0]?.meta.ulid).not.toBe(fleet[0]?.meta.ulid);
  });

  it.each([1, 2, 3, 4])("has blocks of level %i", (level) => {
    expect(count(({ meta }) => meta.level === level)).toBeGreaterThan(0);
  });

  it.each([0, 300_000, 3_600_000])("has blocks of the resolution %i", (resolution) => {
    expect(count(({ meta }) => meta.resolution === resolution)).toBeGreaterThan(0);
  });

  it.each(["sidecar", "receive", "ruler"])("has blocks of a %s", (source) => {
    expect(count(({ meta }) => meta.source === source)).toBeGreaterThan(0);
  });

  it("has marks on what was replaced, and on nothing else", () => {
    const replaced = new Set(fleet.filter(({ meta }) => meta.level > 1).flatMap(({ meta }) => [...meta.sources]));
    const heads = fleet.filter(({ meta }) => meta.level === 1);
    expect(heads.filter(({ mark }) => mark !== null).length).toBeGreaterThan(0);
    for (const { meta, mark } of heads) expect(replaced.has(meta.ulid)).toBe(mark !== null);
  });

  it("is healthy, in memory and in a bucket", async () => {
    const bucket = memoryBucket("s3://fleet", fleet);
    const report = await auditBucket({ bucket, settings: defaultAuditSettings(), now: new Date(NOW) });

    expect(report.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(report.blocks).toBe(fleet.length);
    expect(new Set(fleet.map((block) => blockOf(block).ulid)).size).toBe(fleet.length);
  }, 60_000);
});

describe("every shape", () => {
  it.each(Object.keys(SHAPES).filter(isShape))("is judged: %s", async (shape) => {
    const { blocks } = await judge(shape, 200);
    expect(blocks).toBeGreaterThanOrEqual(200 - 100);
  });
});
