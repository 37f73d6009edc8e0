import { sortedPairs } from "#blocks/block/labels";
import { type Cause, causesOf } from "#blocks/causes";
import type { AuditReport, Finding, FindingSeverity, RulesInUse } from "#blocks/finding";
import { count, counted } from "#blocks/text";
import { renderFinding, renderGroup, sinceText } from "#report/finding";
import { type Group, groupsOf } from "#report/finding-groups";
import { type Column, renderTable } from "#report/table";
import { fullMoment, moment, size, wrap } from "#report/text";

export interface AuditTableOptions {
  /** Columns. */
  readonly width: number;
  /** Infos, swallowed findings, all that is alike and every row as well. */
  readonly all: boolean;
  /** Where settings were given; undefined for nowhere. */
  readonly settingsFile?: string | undefined;
}

/** An audit for people: worst first, one cause one block, what is alike together, the counts last. Plain text, one line feed at the end. */
export function renderAudit(report: AuditReport, options: AuditTableOptions): string {
  const { url, now } = report;
  const causes = causesOf(report.findings);
  const sections = [
    header(report, options),
    ...(options.all
      ? causes.flatMap(withSwallowed).map((cause) => renderFinding(cause, { ...options, now }))
      : groupsOf(worthShowing(causes)).map((group) => renderGroup(group, { ...options, now, url }))),
    ...overview(groupsOf(options.all ? causes : worthShowing(causes)), report, options),
    footer(report, options),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function worthShowing(causes: readonly Cause[]): readonly Cause[] {
  return causes.filter(({ finding }) => finding.severity !== "info");
}

function withSwallowed({ finding, swallows }: Cause): readonly Cause[] {
  return [{ finding, swallows }, ...swallows.map((swallowed): Cause => ({ finding: swallowed, swallows: [] }))];
}

/** So many fit on a screen with the end of the last. */
const SEEN_AT_ONCE = 3;

/** Where the report is long: what there is of each, since its end is what a terminal shows. */
function overview(groups: readonly Group[], { now }: AuditReport, { width }: AuditTableOptions): string[][] {
  const findings = groups.reduce((sum, { causes }) => sum + causes.length, 0);
  if (findings <= SEEN_AT_ONCE) return [];
  const columns: readonly Column<Group>[] = [
    { title: "SEVERITY", value: ({ severity }) => severity.toUpperCase(), importance: 3 },
    { title: "ID", value: ({ id }) => id, importance: 5 },
    { title: "FINDINGS", value: ({ causes }) => count(causes.length), align: "right", importance: 4 },
    { title: "SWALLOWS", value: ({ swallowed }) => count(swallowed), align: "right", importance: 1 },
    { title: "SINCE", value: ({ since }) => (since === null ? "-" : sinceText(since, now)), importance: 2 },
  ];
  return [renderTable(columns, groups, width)];
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
