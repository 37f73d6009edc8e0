import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import type { Bucket } from "#blocks/bucket/bucket";
import type { AuditReport, Finding } from "#blocks/finding";
import { AuditSettings } from "#config/audit-settings";
import {
  type ExpectedAudit,
  type ExpectedFinding,
  expectedOf,
  RECORDED_BUCKETS,
  type RecordedBucketName,
  recordedBucket,
} from "#test/factories/recorded-bucket";

const SEVERITY = { critical: "C", warning: "W", info: "I" } as const;
const REPLICA_LABELS = ["prometheus_replica"];

async function audit(name: RecordedBucketName, expected: ExpectedAudit, now: string): Promise<AuditReport> {
  const settings = v.parse(AuditSettings, expected.config);
  return auditBucket({ bucket: await recordedBucket(name), settings, now: new Date(now) });
}

function clusterOf(labels: Finding["labels"]): Finding["labels"] {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !REPLICA_LABELS.includes(label)));
}

/** What a finding and an expectation have in common, for a comparison of whole lists. */
function keyOfFinding({ id, severity, labels, evidence }: Finding, about: string): string {
  return JSON.stringify([id, SEVERITY[severity], about, sorted(labels), evidence.missedBlocks ?? null]);
}

function keyOfExpected({ id, severity, stream, cluster, ulids, missedBlocks }: ExpectedFinding): string {
  const about = id.startsWith("block.") || id.startsWith("overlap.") ? ulids.join() : "";
  return JSON.stringify([id, severity, about, sorted(stream ?? cluster ?? {}), missedBlocks ?? null]);
}

function sorted(labels: Finding["labels"]): unknown {
  return Object.entries(labels).sort();
}

function expectSame(findings: readonly Finding[], must: readonly ExpectedFinding[]): void {
  const loud = findings.filter(({ severity }) => severity !== "info");
  const keys = loud.map((finding) => {
    const isAboutBlocks = finding.id.startsWith("block.") || finding.id.startsWith("overlap.");
    const key = keyOfFinding(finding, isAboutBlocks ? finding.blocks.join() : "");
    // Not every expectation of a replica names the number of blocks.
    return finding.id === "upload.replica-late" ? key.replace(/,\d+\]$/, ",null]") : key;
  });
  expect(keys.sort()).toEqual(must.map(keyOfExpected).sort());
  for (const { group, id } of must) {
    if (group !== undefined) expect(loud.find((finding) => finding.id === id)?.groupKey).toBe(group);
  }
}

describe("auditBucket on recorded buckets", () => {
  it.each(RECORDED_BUCKETS)("finds in %s exactly what is wrong", async (name) => {
    const expected = await expectedOf(name);
    const report = await audit(name, expected, expected.now);

    expectSame(report.findings, expected.must);
    expect(report.summary).toMatchObject({
      objects: expected.stats.objects,
      bytes: expected.stats.bytes,
      streams: 4,
      clusters: 2,
    });
    expect(report.blocks).toBe(expected.stats.blocks);
  });

  it("judges the healthy bucket by the deadline, on both sides of it", async () => {
    const expected = await expectedOf("healthy");

    for (const { now, must } of expected.alsoAt) {
      const report = await audit("healthy", expected, now);
      expectSame(report.findings, must);
    }
    expect(expected.alsoAt).toHaveLength(2);
  });

  it("names the next deadline of a healthy bucket", async () => {
    const expected = await expectedOf("healthy");
    const { summary } = await audit("healthy", expected, expected.now);

    expect(summary.nextDeadline).toBe("2026-11-20T15:15:00Z");
  });

  it("names every object that is wrong", async () => {
    const expected = await expectedOf("broken");
    const { findings } = await audit("broken", expected, expected.now);

    const evidence = JSON.stringify(findings.map((finding) => finding.evidence));
    for (const { object } of expected.must) if (object !== undefined) expect(evidence).toContain(object);
  });

  it.each(RECORDED_BUCKETS)("notes in %s what is worth a note, and no more", async (name) => {
    const expected = await expectedOf(name);
    const { findings } = await audit(name, expected, expected.now);

    const notes = findings.filter(({ severity }) => severity === "info");
    expect(notes.map(({ id }) => id).sort()).toEqual(expected.info.map(({ id }) => id).sort());
    for (const { id, ulids } of expected.info) {
      expect(notes.find((note) => note.id === id)?.blocks).toEqual(expect.arrayContaining(ulids));
    }
  });

  it("keeps the siblings of a cluster together", async () => {
    const expected = await expectedOf("late");
    const { findings } = await audit("late", expected, expected.now);

    const [late] = findings.filter(({ id }) => id === "upload.cluster-late");
    expect(late?.labels).toEqual(clusterOf(late?.labels ?? {}));
    expect(late?.since).toBe("2026-11-20T07:15:00Z");
    expect(findings.find(({ id }) => id === "upload.replica-late")?.since).toBe("2026-11-20T05:15:00Z");
  });

  it("tells when the compactor began to see the overlap", async () => {
    const expected = await expectedOf("overlap-same-labels");
    const { findings } = await audit("overlap-same-labels", expected, expected.now);

    const [halt] = findings.filter(({ id }) => id === "compactor.will-halt");
    expect(halt?.since).toBe("2026-11-20T07:30:51Z");
    expect(halt?.remedy).toContain("24 h");
  });

  it("sorts the worst first", async () => {
    const expected = await expectedOf("late");
    const { findings } = await audit("late", expected, expected.now);

    expect(findings.map(({ severity, id }) => `${severity} ${id}`)).toEqual([
      "critical upload.cluster-late",
      "critical upload.late",
      "critical upload.late",
      "critical upload.late",
      "warning upload.replica-late",
    ]);
  });
});

describe("auditBucket on a healthy bucket as it filled", () => {
  it("finds nothing at any half hour of its last day", async () => {
    const expected = await expectedOf("healthy");
    const bucket = await recordedBucket("healthy");
    const settings = v.parse(AuditSettings, expected.config);
    const end = Date.parse(expected.now);

    for (let now = end - 24 * 3_600_000; now <= end; now += 1_800_000) {
      const report = await auditBucket({ bucket: asOf(bucket, now), settings, now: new Date(now) });
      expect(report.findings).toEqual([]);
    }
  });
});

/** The objects that were there at `now`; what had been deleted by the end is not. */
function asOf(bucket: Bucket, now: number): Bucket {
  return {
    ...bucket,
    async *list(options) {
      for await (const page of bucket.list(options)) yield page.filter(({ lastModified }) => lastModified <= now);
    },
  };
}
