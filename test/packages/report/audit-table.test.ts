import { describe, expect, it } from "vitest";
import type { Finding } from "#blocks/finding";
import { type AuditTableOptions, renderAudit } from "#report/audit-table";
import { displayWidth } from "#report/text";
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

  it("tells of what is the same in several places together: three of them, the names of the others, what to do once", () => {
    const findings = Array.from({ length: 40 }, (_, at) =>
      finding({
        labels: { cluster: `prod-${100 + at}`, stage: "prod" },
        blocks: [`01M7VN7C2JGV1RBMJVV5WAG${100 + at}`],
        groupKey: null,
        since: `2026-11-20T0${at < 20 ? 7 : 5}:15:00Z`,
        remedy: `1. Look at prod-${100 + at}.`,
      }),
    );
    const [heading, ...lines] = render(findings).split("\n\n")[1]?.split("\n") ?? [];
    expect(heading).toBe("CRITICAL  upload.late                        40 findings, since 05:15 (7 h 55 m)");
    expect(lines).toEqual([
      ...[0, 1, 2].flatMap((at) => [
        `  (${at + 1}) cluster=prod-${100 + at}, stage=prod; since 07:15 (5 h 55 m)`,
        "      3 blocks of 2 h are missing: the newest ends at 04:00.",
        `      Block: 01M7VN7C2JGV1RBMJVV5WAG${100 + at}`,
      ]),
      "  and 37 more, by cluster: prod-103, prod-104, prod-105, prod-106, prod-107,",
      "  prod-108, prod-109, prod-110, prod-111, prod-112, prod-113, prod-114,",
      "  prod-115, prod-116, prod-117, prod-118, prod-119, prod-120, prod-121,",
      "  prod-122, prod-123, prod-124, prod-125, prod-126, prod-127 and 12 more",
      "  All of each: --all, --output json, or",
      "    musterbook explain upload.late s3://metrics-blocks \\",
      "      --of 01M7VN7C2JGV1RBMJVV5WAG103",
      "  If nothing is done: the samples are lost with the producer's volume.",
      "  Do, with the names of (1); for the others it is the same with theirs:",
      "    1. Look at prod-100.",
      "  docs/runbook.md#uploadlate",
    ]);
  });

  it("says of a group what is the same of all as such", () => {
    const text = render([finding(), finding({ consequence: "Nothing is lost yet." })]);
    expect(text).toContain("  2 findings");
    expect(text).toContain("\n  If nothing is done, of (1): the samples are lost");
    expect(text).toContain("\n  Do:\n");
    expect(text).not.toContain("more");
  });

  it("names a finding in a command as a shell takes it", () => {
    const findings = Array.from({ length: 4 }, (_, at) =>
      finding({ labels: { cluster: `Köln's ${at}` }, blocks: [], groupKey: null }),
    );
    expect(render(findings)).toContain(`--of 'Köln'\\''s 3'`);
  });

  it("ends with what there is of each where it is long", () => {
    const gap = (at: number) =>
      finding({ id: "upload.gap", severity: "warning", labels: { cluster: `${at}` }, since: null });
    const text = render([halt, overlap, gap(1), gap(2), gap(3)]);
    expect(text.split("\n\n").at(-2)?.split("\n")).toEqual([
      "SEVERITY  ID                   FINDINGS  SWALLOWS  SINCE",
      "CRITICAL  compactor.will-halt         1         1  07:15 (5 h 55 m)",
      "WARNING   upload.gap                  3         0  -",
    ]);
    expect(render([halt, gap(1), gap(2)])).not.toContain("SEVERITY");
  });

  it("is as long for five hundred findings as for ten of each id", () => {
    const many = (count: number) =>
      (["upload.late", "upload.gap", "block.incomplete", "labels.changed"] as const).flatMap((id) =>
        Array.from({ length: count }, (_, at) => finding({ id, labels: { cluster: `prod-${at}`, replica: "0" } })),
      );
    const lines = (findings: readonly Finding[]) => render(findings).split("\n").length;
    expect(lines(many(125))).toBeLessThan(lines(many(10)) + 20);
    expect(lines(many(125))).toBeLessThan(150);
  });

  it.each([40, 80, 120])("fits %i columns with hundreds of findings, whatever their labels are made of", (width) => {
    const findings = Array.from({ length: 300 }, (_, at) =>
      finding({
        id: at % 2 === 0 ? "upload.late" : "block.incomplete",
        labels: { cluster: `クラスタ ${at}`, region: "eu-west-1" },
        evidence: { missing: Array.from({ length: 50 }, (_, nth) => `chunks/${nth}`) },
      }),
    );
    const tooWide = render(findings, { width })
      .split("\n")
      .filter((line) => displayWidth(line) > width && line.trim().includes(" "));
    expect(tooWide.filter((line) => !/^ {4,}(?:kubectl|musterbook|--)/.test(line))).toEqual([]);
    expect(render(findings, { width }).replaceAll(/\s+/g, " ")).toContain("44 more (--all)");
  });

  it.each([40, 60, 80, 100])("is at most %i columns wide, but for single words and commands", (width) => {
    const lines = render([finding(), halt, overlap, info], { width, all: true }).split("\n");
    const isCommand = (line: string) => line.startsWith("         ");
    for (const line of lines) expect(line.length <= width || !line.trim().includes(" ") || isCommand(line)).toBe(true);
  });
});
