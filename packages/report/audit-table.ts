import { type Cause, causesOf } from "#blocks/causes";
import type { AuditReport, Finding, FindingSeverity, RulesInUse } from "#blocks/finding";
import { sortedPairs } from "#blocks/labels";
import { age, count, counted } from "#blocks/text";
import { renderEvidence } from "#report/evidence";
import { wrapLines } from "#report/lines";
import { displayWidth, fullMoment, moment, size, withMoments, wrap } from "#report/text";

export interface AuditTableOptions {
  /** Columns. */
  readonly width: number;
  /** Infos, swallowed findings and every row as well. */
  readonly all: boolean;
  /** Where settings were given; undefined for nowhere. */
  readonly settingsFile?: string | undefined;
}

/** An audit for people: worst first, one cause one block, the counts last. Plain text, one line feed at the end. */
export function renderAudit(report: AuditReport, options: AuditTableOptions): string {
  const causes = options.all
    ? causesOf(report.findings).flatMap(({ finding, swallows }) => [
        { finding, swallows },
        ...swallows.map((swallowed): Cause => ({ finding: swallowed, swallows: [] })),
      ])
    : causesOf(report.findings).filter(({ finding }) => finding.severity !== "info");
  const sections = [
    header(report, options),
    ...causes.map((cause) => block(cause, report, options)),
    footer(report, options),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function header({ url, now, blocks, summary, rules }: AuditReport, options: AuditTableOptions): string[] {
  const { width } = options;
  const { list, get } = summary.requests;
  const held = `${counted(blocks, "block")} of ${counted(summary.streams, "stream")} in ${counted(summary.clusters, "cluster")}`;
  const cost = `${counted(list + get, "request")}, ${summary.seconds.toFixed(1)} s`;
  return [
    ...wrap(`${url}, ${fullMoment(now)}`, { width }),
    ...wrap(`${held}, ${size(summary.bytes)}; ${cost}`, { width }),
    ...ruleLines(rules, options),
  ];
}

const SHOWN_SETTINGS = ["verticalCompaction", "deleteDelay", "replicaLabels"];

/** The settings that decide most; all of them, and what they were inferred from, with `--all`. */
function ruleLines({ thanos, settings }: RulesInUse, { width, all, settingsFile }: AuditTableOptions): string[] {
  const shown = SHOWN_SETTINGS.flatMap((name) => settings.filter((setting) => all || setting.name === name));
  const told = [...new Set(shown)].map(({ name, value, origin, from }) => {
    const why = all && from !== null ? `${origin}: ${from}` : origin;
    return `${words(name)} ${value} (${why})`;
  });
  const source = settingsFile === undefined ? "give yours with --config" : `given in ${settingsFile}`;
  const { first, last, known, holds } = thanos;
  const range = `Thanos ${first} to ${last}`;
  const mismatch = `Warning: Thanos ${known} runs, and these are the rules of ${range}: what is said of its compactor may be wrong.`;
  return [
    ...wrap(`Rules of ${range}; ${told.join(", ")}; ${source}`, { width }),
    ...(holds === false ? wrap(mismatch, { width }) : []),
  ];
}

/** `deleteDelay` as `delete delay`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

function block({ finding, swallows }: Cause, report: AuditReport, options: AuditTableOptions): string[] {
  const { width, all } = options;
  const indent = "  ";
  const group = finding.groupKey === null ? [] : [`Group key in the compactor's log: ${finding.groupKey}`];
  return [
    heading(finding, report.now, width),
    ...wrap(whereOf(finding), { width, indent }),
    ...wrapLines(withMoments(finding.summary, report.now), width, indent),
    ...renderEvidence(finding.evidence, { width, indent, now: report.now, all }),
    ...blockList(finding.blocks, all).flatMap((line) => wrap(line, { width, indent })),
    ...group.flatMap((line) => wrap(line, { width, indent })),
    ...wrap(`If nothing is done: ${lowerFirst(withMoments(finding.consequence, report.now))}`, { width, indent }),
    `${indent}Do:`,
    ...wrapLines(finding.remedy, width, "    "),
    ...(swallows.length > 0 && !all ? [`${indent}Swallows ${counted(swallows.length, "finding")} (--all).`] : []),
    `${indent}docs/runbook.md#${finding.id.replaceAll(".", "")}`,
  ];
}

/** Severity and id at the left, the time at the right; on two lines where one is too narrow. */
function heading({ severity, id, since }: Finding, now: string, width: number): string {
  const left = `${severity.toUpperCase().padEnd(8)}  ${id}`;
  if (since === null) return left;
  const right = `since ${moment(since, now)} (${age(Date.parse(now) - Date.parse(since))})`;
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap >= 2 ? left + " ".repeat(gap) + right : `${left}\n  ${right}`;
}

function whereOf({ labels }: Finding): string {
  const pairs = sortedPairs(labels).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? "external labels unknown" : pairs.join(", ");
}

/** A sentence as it goes on after a colon; names keep their capitals. */
function lowerFirst(text: string): string {
  return /^(?!Thanos|Prometheus|Musterbook|Kubernetes)[A-Z][a-z ]/.test(text)
    ? text.charAt(0).toLowerCase() + text.slice(1)
    : text;
}

const SHOWN_BLOCKS = 6;

function blockList(blocks: readonly string[], all: boolean): string[] {
  const shown = all ? blocks : blocks.slice(0, SHOWN_BLOCKS);
  const rest = blocks.length - shown.length;
  if (blocks.length === 0) return [];
  return [
    `${blocks.length === 1 ? "Block" : "Blocks"}: ${shown.join(" ")}${rest > 0 ? ` ... ${rest} more (--all)` : ""}`,
  ];
}

function footer(report: AuditReport, { width, all }: AuditTableOptions): string[] {
  const { critical, warning, info, streams, nextDeadline } = report.summary;
  const next = nextDeadline === null ? "" : moment(nextDeadline, report.now);
  const hidden = info > 0 && !all ? " (--all)" : "";
  if (critical + warning === 0) {
    const uploads = next === "" ? "" : `; every stream uploaded by its deadline (next: ${next})`;
    const infos = info > 0 ? ` ${counted(info, "info")}${hidden}.` : "";
    return wrap(`No finding. ${counted(report.blocks, "block")} of ${counted(streams, "stream")}${uploads}.${infos}`, {
      width,
    });
  }
  const late = new Set(report.findings.filter(isLate).map(({ labels }) => JSON.stringify(sortedPairs(labels)))).size;
  const counts = `${count(critical)} critical, ${counted(warning, "warning")}, ${counted(info, "info")}${hidden}.`;
  const deadline = next === "" ? "" : ` Next upload due by ${next}.`;
  return wrap(`${counts} Late: ${count(late)} of ${counted(streams, "stream")}.${deadline}`, { width });
}

function isLate({ id, severity }: Finding): boolean {
  const isActive: Record<FindingSeverity, boolean> = { critical: true, warning: true, info: false };
  return id === "upload.late" && isActive[severity];
}
