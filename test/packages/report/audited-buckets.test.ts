import { describe, expect, it } from "vitest";
import { auditedBucket, renderBuckets } from "#report/audited-buckets";
import { auditReport, finding } from "#test/factories/audit-report";

const CLEAN = auditedBucket({ ...auditReport(), url: "s3://clean" });
const WARNED = auditedBucket({ ...auditReport([finding({ severity: "warning" })]), url: "s3://warned" });
const BROKEN = auditedBucket({ ...auditReport([finding()]), url: "s3://broken" });
const now = new Date("2026-11-21T12:00:00Z");

describe("renderBuckets", () => {
  it("tells of each bucket what was found and when, worst first", () => {
    expect(renderBuckets([CLEAN, WARNED, BROKEN], { width: 80, now })).toBe(
      [
        "3 audited buckets; musterbook audit <bucket> --last tells what is in one",
        "",
        "BUCKET       CRITICAL  WARNING  INFO  JUDGED",
        "s3://broken         1        0     0  11-20 13:10",
        "s3://warned         0        1     0  11-20 13:10",
        "s3://clean          0        0     0  11-20 13:10",
        "",
      ].join("\n"),
    );
  });

  it("keeps to the width, and to the bucket and how bad it is", () => {
    const lines = renderBuckets([BROKEN], { width: 24, now }).split("\n");
    expect(lines.slice(-3)).toEqual(["BUCKET       CRITICAL", "s3://broken         1", ""]);
  });

  it("says nothing where no bucket was judged", () => {
    expect(renderBuckets([], { width: 80, now })).toBe("");
  });
});
