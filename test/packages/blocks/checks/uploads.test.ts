import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import {
  at,
  type BlockSpec,
  blockObjects,
  bucketOf,
  DAY,
  HOUR,
  headBlocks,
  settingsOf,
} from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");

/** Of the producers: these buckets have no compactor. */
async function audit(specs: readonly BlockSpec[], settings = settingsOf(), now = NOW) {
  const report = await auditBucket({ bucket: bucketOf(specs.flatMap(blockObjects)), settings, now: new Date(now) });
  return { ...report, findings: report.findings.filter(({ id }) => /^(?:upload|labels)\./.test(id)) };
}

async function found(specs: readonly BlockSpec[], settings = settingsOf()): Promise<string[]> {
  const { findings } = await audit(specs, settings);
  return findings.map(({ severity, id, labels }) => `${severity} ${id} ${Object.values(labels).join("/")}`);
}

function replica(name: string, until: number, count = 12): BlockSpec[] {
  return headBlocks(until, count, { labels: { cluster: "a", replica: name } });
}

describe("upload.late", () => {
  it("is a warning at one or two missed blocks while a sibling is fresh, critical at three", async () => {
    const lateBy = (hours: number) => [...replica("0", NOON), ...replica("1", NOON - hours * HOUR)];

    expect(await found(lateBy(4))).toEqual(["warning upload.late a/1", "warning upload.replica-late a/1"]);
    expect(await found(lateBy(6))).toContain("warning upload.late a/1");
    expect(await found(lateBy(8))).toContain("critical upload.late a/1");
  });

  it("is critical at the first missed block when no replica is fresh", async () => {
    expect(await found([...replica("0", NOON - 4 * HOUR), ...replica("1", NOON - 6 * HOUR)])).toEqual([
      "critical upload.cluster-late a",
      "critical upload.late a/0",
      "critical upload.late a/1",
    ]);
  });

  it("is none for a replica that was renamed: that is labels.changed", async () => {
    const specs = [...replica("pod-x", NOON - 8 * HOUR), ...replica("pod-y", NOON, 4)];
    const { findings } = await audit(specs);

    expect(await found(specs)).toEqual(["warning labels.changed a/pod-x"]);
    expect(findings[0]?.evidence).toMatchObject({ successor: { cluster: "a", replica: "pod-y" } });
  });

  it("is quiet after 7 days, and names no deadline for a bucket without streams", async () => {
    const { findings, summary } = await audit(replica("0", NOON - 8 * DAY));

    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ streams: 0, clusters: 0, nextDeadline: null });
  });

  it("tells a receiver from a sidecar in its remedy", async () => {
    const { findings } = await audit(headBlocks(NOON - 8 * HOUR, 3, { source: "receive" }));
    const [late] = findings.filter(({ id }) => id === "upload.late");

    expect(late?.remedy).toContain("thanos-receive");
  });

  it("tells a ruler from a sidecar in its remedy", async () => {
    const { findings } = await audit(headBlocks(NOON - 8 * HOUR, 3, { source: "ruler" }));
    const [late] = findings.filter(({ id }) => id === "upload.late");

    expect(late?.remedy).toContain("the ruler with {");
    expect(late?.remedy).toContain("-c thanos-ruler");
    expect(late?.evidence.producer).toBe("ruler");
  });
});

describe("a healthy stream", () => {
  it("has no finding at any time of a day", async () => {
    for (let now = NOON - 20 * HOUR; now <= NOON; now += 20 * 60_000) {
      const uploaded = headBlocks(NOON, 24).filter(({ max }) => max + HOUR <= now);
      expect((await audit(uploaded, settingsOf(), now)).findings).toEqual([]);
    }
  });
});

describe("an empty bucket", () => {
  it("has nothing to judge", async () => {
    expect(await audit([])).toMatchObject({ blocks: 0, findings: [], summary: { objects: 0, nextDeadline: null } });
  });
});
