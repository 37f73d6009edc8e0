import { describe, expect, it } from "vitest";
import type { AuditReport } from "#blocks/finding";
import { type Judge, runAudit } from "#cli/run-audit";
import { auditReport, finding } from "#test/factories/audit-report";
import { fakeCli } from "#test/fakes/cli";

const judging =
  (report: AuditReport): Judge =>
  async () =>
    report;

describe("runAudit", () => {
  it.each([
    [[], 0],
    [[finding({ severity: "info" })], 0],
    [[finding({ severity: "warning" })], 1],
    [[finding({ severity: "critical" })], 1],
  ])("sets the exit code by the worst finding", async (findings, exitCode) => {
    const cli = fakeCli();
    await runAudit(cli, judging(auditReport(findings)), "blocks", { output: "table" });
    expect(cli.exitCode).toBe(exitCode);
  });

  it("prints the report itself as JSON", async () => {
    const cli = fakeCli();
    const report = auditReport([finding()]);
    await runAudit(cli, judging(report), "blocks", { output: "json" });
    expect(JSON.parse(cli.out())).toEqual(report);
  });

  it("prints OpenMetrics, with the same exit code", async () => {
    const cli = fakeCli();
    await runAudit(cli, judging(auditReport([finding()])), "blocks", { output: "openmetrics" });
    expect(cli.out()).toMatch(/^# HELP musterbook_audit_findings [\s\S]*\n# EOF\n$/);
    expect(cli.exitCode).toBe(1);
  });

  it("lets no label of a bucket reach the terminal as a control sequence", async () => {
    const cli = fakeCli({ isTTY: true, env: { NO_COLOR: "1" } });
    const hostile = finding({ labels: { cluster: "\u001b]0;owned\u0007" } });
    await runAudit(cli, judging(auditReport([hostile])), "blocks", { output: "table" });
    expect(cli.out()).toContain("cluster=\\u001b]0;owned\\u0007");
    expect(cli.out()).not.toContain("\u001b");
  });

  it("judges as of the clock, unless told another time", async () => {
    const cli = fakeCli();
    const times: Date[] = [];
    const judge: Judge = async ({ now }) => {
      times.push(now);
      return auditReport();
    };
    await runAudit(cli, judge, "blocks", { output: "json" });
    await runAudit(cli, judge, "blocks", { output: "json", now: new Date(0) });
    expect(times).toEqual([cli.clock.now(), new Date(0)]);
  });

  it("does not call a bucket without blocks healthy", async () => {
    const empty = { ...auditReport(), blocks: 0 };
    await expect(runAudit(fakeCli(), judging(empty), "blocks", { output: "json" })).rejects.toMatchObject({
      reason: "no-blocks",
    });
  });

  it("erases its progress also when the audit fails", async () => {
    const cli = fakeCli({ isTTY: true });
    const judge: Judge = async ({ onProgress }) => {
      cli.clock.advance(3000);
      onProgress({ phase: "list", done: 10 });
      throw new Error("listing failed");
    };
    await expect(runAudit(cli, judge, "blocks", { output: "table" })).rejects.toThrow("listing failed");
    expect(cli.err().endsWith("\r\u001b[K")).toBe(true);
  });
});
