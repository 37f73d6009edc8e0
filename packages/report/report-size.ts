import type { AuditReport, Finding } from "#blocks/finding";

/** Of the findings, and of the streams, of a stored report. Two thousand clusters do not reach it; one in which everything is wrong may. */
const PART_CHARS = 8 * 2 ** 20;
const FINDING_CHARS = 2 ** 18;
const BLOCKS_TOLD = 1_000;

/** No text of a report that fits is longer, its indentation and what is neither finding nor stream included. */
export const MAX_REPORT_CHARS = 4 * PART_CHARS;

/** The report, or where it is too large to be stored, the worst of it; it then says what was left out. */
export function fitReport(report: AuditReport): AuditReport {
  const findings = isWithin(report.findings) ? report.findings : firstOf(report.findings.map(withoutDetails));
  const streams = isWithin(report.streams) ? report.streams : firstOf(givenUpLast(report.streams));
  if (findings === report.findings && streams === report.streams) return report;
  const known = new Set(report.findings);
  return {
    ...report,
    leftOut: {
      findings: report.findings.length - findings.length,
      details: findings.filter((finding) => !known.has(finding)).length,
      streams: report.streams.length - streams.length,
    },
    findings,
    streams,
  };
}

function withoutDetails(finding: Finding): Finding {
  if (charsOf(finding) <= FINDING_CHARS) return finding;
  return { ...finding, blocks: finding.blocks.slice(0, BLOCKS_TOLD), evidence: {} };
}

function givenUpLast(streams: AuditReport["streams"]): AuditReport["streams"] {
  const [kept, retired] = [false, true].map((is) => streams.filter(({ status }) => (status === "retired") === is));
  return [...(kept ?? []), ...(retired ?? [])];
}

function isWithin(items: readonly object[]): boolean {
  return firstOf(items).length === items.length;
}

function firstOf<T extends object>(items: readonly T[]): readonly T[] {
  let room = PART_CHARS;
  const end = items.findIndex((item) => {
    room -= charsOf(item);
    return room < 0;
  });
  return end < 0 ? items : items.slice(0, end);
}

function charsOf(item: object): number {
  return JSON.stringify(item, null, 2).length;
}
