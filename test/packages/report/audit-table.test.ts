import { describe, expect, it } from "vitest";
import type { Finding } from "#blocks/finding";
import { type AuditTableOptions, renderAudit } from "#report/audit-table";
import { auditReport, finding } from "#test/factories/audit-report";

const OPTIONS: AuditTableOptions = {
  width: 80,
  all: false,
};

const halt = finding({
  id: "compactor.will-halt",
  summary: "3 windows of 2 h hold two level-1 blocks each.",
  evidence: { windows: [1, 2, 3, 4].map((n) => ({ window: `2026-11-20T0${n}:00:00Z`, samples: n * 1000 })) },
});
const overlap = finding({ id: "overlap.c-same-labels", summary: "Two producers upload under the same labels." });
const info = finding({ severity: "info", id: "block.partial", summary: "An upload is running." });

function render(findings: readonly Finding[], options: Partial<AuditTableOptions> = {}): string {
  return renderAudit(auditReport(findings), { ...OPTIONS, ...options });
}

describe("an audit in the terminal", () => {
  it("begins with what was looked at, what it cost, and by which rules it was judged", () => {
    expect(render([]).split("\n").slice(0, 5)).toEqual([
      "s3://metrics-blocks, 2026-11-20 13:10 UTC",
      "1,244 blocks of 4 streams in 2 clusters, 25.9 MiB; 3 requests, 0.4 s",
      "Rules of Thanos 0.36.0 to 0.42.5; vertical compaction off (default), delete",
      "delay 48 h (given), replica labels prometheus_replica (inferred); give yours",
      "with --config",
    ]);
  });

  it("says where the rules are from", () => {
    const words = (text: string) => text.replaceAll("\n", " ");
    expect(words(render([], { settingsFile: "thanos.json" }))).toContain("(inferred); given in thanos.json");
    expect(words(render([], { all: true }))).toContain("replica labels prometheus_replica (inferred: external labels)");
  });

  it("warns where another Thanos runs than the rules are of", () => {
    const { rules, ...report } = auditReport();
    const told = (known: string | null, holds: boolean | null) =>
      renderAudit({ ...report, rules: { ...rules, thanos: { ...rules.thanos, known, holds } } }, OPTIONS);

    expect(told("0.35.1", false)).toContain("Warning: Thanos 0.35.1 runs, and these are the rules of Thanos");
    expect(told("0.42.4", true)).not.toContain("Warning");
    expect(told(null, null)).not.toContain("Warning");
  });

  it("says that nothing is wrong, and when it will know more", () => {
    expect(render([])).toMatch(
      /\n\nNo finding\. 1,244 blocks of 4 streams; every stream uploaded by its deadline\n\(next: 15:15\)\.\n$/,
    );
  });

  it("tells of a finding what, where, since when, why, what happens, what to do and where to read more", () => {
    const text = render([finding({ evidence: { missedBlocks: 3 } })]);
    expect(text.split("\n\n")[1]?.split("\n")).toEqual([
      "CRITICAL  upload.late                                     since 07:15 (5 h 55 m)",
      "  cluster=prod-b, prometheus_replica=prometheus-0",
      "  3 blocks of 2 h are missing: the newest ends at 04:00.",
      "  missed blocks 3",
      "  Block: 01M7VN7C2JGV1RBMJVV5WAGS3Z",
      "  Group key in the compactor's log: 0@6928611441926479320",
      "  If nothing is done: the samples are lost with the producer's volume.",
      "  Do:",
      "    1. Look at the sidecar:",
      "         kubectl -n monitoring logs prometheus-0 -c thanos-sidecar --since=1h",
      "  docs/runbook.md#uploadlate",
    ]);
  });

  it("leaves out what a finding does not know", () => {
    const text = render([finding({ labels: {}, groupKey: null, since: null, blocks: [] })]);
    expect(text).toContain("\nCRITICAL  upload.late\n  external labels unknown\n");
    expect(text).not.toMatch(/Group key|Block:/);
  });

  it("puts the worst first", () => {
    const text = render([finding({ severity: "warning", id: "upload.gap" }), finding()]);
    expect(text.indexOf("CRITICAL")).toBeLessThan(text.indexOf("WARNING"));
  });

  it("has one block for one cause, which counts what it swallows", () => {
    const text = render([overlap, halt]);
    expect(text).toContain("CRITICAL  compactor.will-halt");
    expect(text).toContain("  Swallows 1 finding (--all).\n");
    expect(text).not.toContain("CRITICAL  overlap.");
    expect(text).toContain("\n2 critical, 0 warnings, 0 infos.");
  });

  it("shows swallowed findings, infos and every row with --all", () => {
    const text = render([info, overlap, halt], { all: true });
    expect(text).toMatch(
      /CRITICAL {2}compactor\.will-halt.*CRITICAL {2}overlap\.c-same-labels.*INFO {6}block\.partial/s,
    );
    expect(text).toContain("    04:00     4,000");
    expect(text).not.toContain("--all");
  });

  it("counts infos, and says how to see them", () => {
    expect(render([info])).toMatch(/No finding\..* 1 info \(--all\)\.\n$/s);
    expect(render([info, halt])).toContain("\n1 critical, 0 warnings, 1 info (--all). Late: 0 of 4 streams.");
  });

  it("counts late streams once", () => {
    const sibling = finding({ labels: { cluster: "prod-b", prometheus_replica: "prometheus-1" } });
    expect(render([finding(), sibling])).toContain("Late: 2 of 4 streams. Next upload due by 15:15.");
  });

  it("shows six blocks and counts the others", () => {
    const blocks = Array.from({ length: 8 }, (_, n) => `01M7VN7C2JGV1RBMJVV5WAGS3${n}`);
    expect(render([finding({ blocks })])).toContain("... 2 more (--all)");
    expect(render([finding({ blocks })], { all: true })).toContain("01M7VN7C2JGV1RBMJVV5WAGS37");
  });

  it.each([40, 60, 80, 100])("is at most %i columns wide, but for single words and commands", (width) => {
    const lines = render([finding(), halt, overlap, info], { width, all: true }).split("\n");
    const isCommand = (line: string) => line.startsWith("         ");
    for (const line of lines) expect(line.length <= width || !line.trim().includes(" ") || isCommand(line)).toBe(true);
  });
});
