import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamReport } from "#blocks/finding";
import { escapeControls } from "#report/escape";
import { renderOpenMetrics } from "#report/open-metrics";
import { auditReport, finding } from "#test/factories/audit-report";

function stream(given: Partial<StreamReport> = {}): StreamReport {
  return {
    ...{ labels: { replica: "0", cluster: "prod-a" }, status: "fresh" },
    ...{ newest: "2026-11-20T12:00:00Z", deadline: "2026-11-20T15:15:00Z", expected: null },
    slack: { ms: 900_000, origin: "default", uploads: 0 },
    ...given,
  };
}

const linesOf = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(`${name}{`));

describe("renderOpenMetrics", () => {
  it("tells findings by id and severity, and severities also where there is none", () => {
    const findings = [finding(), finding(), finding({ id: "upload.gap", severity: "info" })];
    const text = renderOpenMetrics(auditReport(findings));

    expect(linesOf(text, "musterbook_audit_findings")).toEqual([
      'musterbook_audit_findings{bucket="s3://metrics-blocks",id="upload.late",severity="critical"} 2',
      'musterbook_audit_findings{bucket="s3://metrics-blocks",id="upload.gap",severity="info"} 1',
    ]);
    expect(linesOf(text, "musterbook_audit_findings_by_severity")).toEqual([
      'musterbook_audit_findings_by_severity{bucket="s3://metrics-blocks",severity="critical"} 2',
      'musterbook_audit_findings_by_severity{bucket="s3://metrics-blocks",severity="warning"} 0',
      'musterbook_audit_findings_by_severity{bucket="s3://metrics-blocks",severity="info"} 1',
    ]);
  });

  it("tells streams by state, and of each that is not given up the end of its newest block", () => {
    const gone = stream({ labels: { cluster: "old" }, status: "retired" });
    const text = renderOpenMetrics({ ...auditReport(), streams: [stream(), gone] });

    expect(linesOf(text, "musterbook_audit_streams")).toContain(
      'musterbook_audit_streams{bucket="s3://metrics-blocks",status="retired"} 1',
    );
    expect(linesOf(text, "musterbook_audit_stream_newest_block_timestamp_seconds")).toEqual([
      'musterbook_audit_stream_newest_block_timestamp_seconds{bucket="s3://metrics-blocks",stream="cluster=prod-a,replica=0"} 1795176000',
    ]);
  });

  it("tells a thousand streams at most: those whose newest block is oldest", () => {
    const at = (minutes: number) => new Date(Date.parse("2026-11-20T12:00:00Z") + minutes * 60_000).toISOString();
    const streams = Array.from({ length: 1200 }, (_, index) =>
      stream({ labels: { cluster: `c${index}` }, newest: at(1200 - index) }),
    );
    const told = linesOf(
      renderOpenMetrics({ ...auditReport(), streams }),
      "musterbook_audit_stream_newest_block_timestamp_seconds",
    );

    expect(told).toHaveLength(1000);
    expect(told[0]).toContain("cluster=c1199");
  });

  it("tells what the compactor has to do, and how long it could have done it", () => {
    const text = renderOpenMetrics(auditReport());
    const nothing = renderOpenMetrics({ ...auditReport(), backlog: { compactions: 0, blocks: 0, since: null } });

    expect(text).toContain('musterbook_audit_todo_compactions{bucket="s3://metrics-blocks"} 2\n');
    expect(text).toContain('musterbook_audit_todo_compaction_blocks{bucket="s3://metrics-blocks"} 9\n');
    expect(text).toContain('musterbook_audit_compaction_lag_seconds{bucket="s3://metrics-blocks"} 1200\n');
    expect(nothing).toContain('musterbook_audit_compaction_lag_seconds{bucket="s3://metrics-blocks"} 0\n');
  });

  it("has a help, a type and an end, whatever the labels hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, value) => {
        const text = renderOpenMetrics({
          ...auditReport([finding()]),
          streams: [stream({ labels: { [name]: value } })],
        });
        const lines = text.split("\n");

        expect(lines.slice(-2)).toEqual(["# EOF", ""]);
        for (const line of lines.slice(0, -2)) {
          expect(line).toMatch(
            /^(?:# (?:HELP|TYPE|UNIT) musterbook_audit_[a-z_]+ .+|musterbook_audit_[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\} \d+(?:\.\d+)?)$/u,
          );
        }
        expect(text.isWellFormed()).toBe(true);
        expect(escapeControls(text)).toBe(text);
      }),
      { numRuns: 60, seed: 20_261_121 },
    );
  });

  it("has no family twice, and units as they are named", () => {
    const text = renderOpenMetrics(auditReport());
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? "");
    const units = [...text.matchAll(/^# UNIT (\S+) (\S+)/gm)];

    expect(new Set(names).size).toBe(names.length);
    expect(units.every(([, name, unit]) => name?.endsWith(`_${unit}`))).toBe(true);
    expect(units.length).toBeGreaterThan(3);
  });
});
