import { describe, expect, it } from "vitest";
import { renderEvidence } from "#report/evidence";
import { AUDITED_AT } from "#test/factories/audit-report";

const OPTIONS = { width: 80, indent: "  ", now: AUDITED_AT, all: false };

describe("renderEvidence", () => {
  it("tells single values as people read them", () => {
    const evidence = {
      missedBlocks: 1680,
      blockRangeMs: 7_200_000,
      metaBytes: 412,
      deadline: "2026-11-18T07:15:00Z",
      isReceive: false,
      missing: ["01A/index", "01A/chunks/000001"],
      unknown: null,
    };
    expect(renderEvidence(evidence, OPTIONS)).toEqual([
      "  missed blocks 1,680, block range 2 h, meta 412 bytes, deadline 11-18 07:15, is",
      "  receive no, missing 01A/index 01A/chunks/000001",
    ]);
  });

  it.each(["2026-11-20T13:10:00Z0", "2026-99-99T99:99:99Z"])("tells %s, which is no time, as it is", (value) => {
    expect(renderEvidence({ value }, OPTIONS)).toEqual([`  value ${value}`]);
  });

  it("tells label sets with --all only", () => {
    const evidence = { coveredBy: { cluster: "prod-a", replica: "0" } };
    expect(renderEvidence(evidence, OPTIONS)).toEqual([]);
    expect(renderEvidence(evidence, { ...OPTIONS, all: true })).toEqual(["  covered by cluster=prod-a replica=0"]);
  });

  const windows = [1, 2, 3, 4].map((n) => ({ window: `2026-11-20T0${n}:00:00Z`, samples: n * 1000 }));

  it("tells records as a table of three rows", () => {
    expect(renderEvidence({ windows }, OPTIONS)).toEqual([
      "  windows:",
      "    window  samples",
      "    01:00     1,000",
      "    02:00     2,000",
      "    03:00     3,000",
      "    ... 1 more (--all)",
    ]);
  });

  it("tells every row with --all", () => {
    expect(renderEvidence({ windows }, { ...OPTIONS, all: true })).toHaveLength(6);
  });

  it("tells records that are too wide for a table as sentences", () => {
    const problems = [{ field: "thanos.labels", remedy: "x ".repeat(30).trim() }];
    expect(renderEvidence({ problems }, { ...OPTIONS, width: 40 })).toEqual([
      "  problems:",
      "    - field thanos.labels, remedy x x x",
      "      x x x x x x x x x x x x x x x x x",
      "      x x x x x x x x x x",
    ]);
  });
});
