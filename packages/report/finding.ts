import type { Cause } from "#blocks/causes";
import type { Finding } from "#blocks/finding";
import { age, count, counted } from "#blocks/text";
import { renderEvidence } from "#report/evidence";
import { type Group, labelsLine, namesOf } from "#report/finding-groups";
import { shellLines, wrapLines } from "#report/lines";
import { displayWidth, moment, withMoments, wrap } from "#report/text";

export interface FindingOptions {
  /** Columns. */
  readonly width: number;
  /** Every row of it, and no word of what is left out. */
  readonly all: boolean;
  /** The time that the bucket was judged at, RFC 3339. */
  readonly now: string;
}

export interface GroupOptions extends FindingOptions {
  /** Of the bucket. */
  readonly url: string;
}

/** All of one finding: what, where, since when, why, what happens, what to do, where to read more. */
export function renderFinding({ finding, swallows }: Cause, options: FindingOptions): string[] {
  const { width, all, now } = options;
  const since = finding.since === null ? "" : `since ${sinceText(finding.since, now)}`;
  return [
    ...heading(finding, since, width),
    ...wrap(whereOf(finding), { width, indent: INDENT }),
    ...facts(finding, options, INDENT),
    ...consequence(finding, options, "If nothing is done"),
    `${INDENT}Do:`,
    ...wrapLines(finding.remedy, width, "    "),
    ...(all ? [] : swallowing(swallows.length)),
    runbook(finding.id),
  ];
}

const INDENT = "  ";
/** Of a group, in full. */
const SHOWN = 3;
/** Lines with names of the others, and what of their columns goes for the words before them and the ends of lines. */
const NAME_LINES = 4;
const LOST = 40;

/** What is the same in several places: the first of them, the names of the others, and what to do once. */
export function renderGroup(group: Group, options: GroupOptions): string[] {
  const { causes, id, since } = group;
  const { width, now } = options;
  const [first] = causes;
  if (causes.length === 1) return renderFinding(first, options);
  const counts = counted(causes.length, "finding");
  const isSame = (of: (finding: Finding) => string) => causes.every(({ finding }) => of(finding) === of(first.finding));
  const end = isSame((finding) => finding.consequence) ? "If nothing is done" : "If nothing is done, of (1)";
  const remedy = isSame((finding) => finding.remedy)
    ? "Do:"
    : "Do, with the names of (1); for the others it is the same with theirs:";
  return [
    ...heading(group, since === null ? counts : `${counts}, since ${sinceText(since, now)}`, width),
    ...causes.slice(0, SHOWN).flatMap((cause, at) => member(cause, at + 1, options)),
    ...others(group, options),
    ...consequence(first.finding, options, end),
    ...wrap(remedy, { width, indent: INDENT }),
    ...wrapLines(first.finding.remedy, width, "    "),
    ...swallowing(group.swallowed),
    runbook(id),
  ];
}

function member({ finding }: Cause, number: number, options: FindingOptions): string[] {
  const first = `${INDENT}(${number}) `;
  const indent = " ".repeat(first.length);
  const since = finding.since === null ? "" : `; since ${sinceText(finding.since, options.now)}`;
  return [
    ...wrap(`${whereOf(finding)}${since}`, { width: options.width, indent, first }),
    ...facts(finding, options, indent),
  ];
}

/** Who else, and how to see all of one. */
function others(group: Group, { width, url }: GroupOptions): string[] {
  const rest = group.causes.slice(SHOWN);
  const [next] = rest;
  if (next === undefined) return [];
  const names = namesOf(group, rest, NAME_LINES * (width - INDENT.length) - LOST);
  const one = next.finding.blocks[0] ?? next.finding.groupKey ?? Object.values(next.finding.labels)[0];
  const of = one === undefined ? "" : ` --of ${shellWord(one)}`;
  return [
    ...wrap(`and ${count(rest.length)} more${names.startsWith("by ") ? ", " : ": "}${names}`, {
      width,
      indent: INDENT,
    }),
    `${INDENT}All of each: --all, --output json, or`,
    ...shellLines(`musterbook explain ${group.id} ${shellWord(url)}${of}`, width, "    "),
  ];
}

function shellWord(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function facts({ summary, evidence, blocks, groupKey }: Finding, options: FindingOptions, indent: string): string[] {
  const { width, now, all } = options;
  const group = groupKey === null ? [] : [`Group key in the compactor's log: ${groupKey}`];
  return [
    ...wrapLines(withMoments(summary, now), width, indent),
    ...renderEvidence(evidence, { width, indent, now, all }),
    ...blockList(blocks, all).flatMap((line) => wrap(line, { width, indent })),
    ...group.flatMap((line) => wrap(line, { width, indent })),
  ];
}

function consequence({ consequence: text }: Finding, { width, now }: FindingOptions, intro: string): string[] {
  return wrap(`${intro}: ${lowerFirst(withMoments(text, now))}`, { width, indent: INDENT });
}

function swallowing(findings: number): string[] {
  return findings === 0 ? [] : [`${INDENT}Swallows ${counted(findings, "finding")} (--all).`];
}

function runbook(id: string): string {
  return `${INDENT}docs/runbook.md#${id.replaceAll(".", "")}`;
}

/** Severity and id at the left, counts and time at the right; on two lines where one is too narrow. */
function heading(
  { severity, id }: Pick<Finding, "severity"> & { readonly id: string },
  right: string,
  width: number,
): string[] {
  const left = `${severity.toUpperCase().padEnd(8)}  ${id}`;
  if (right === "") return [left];
  const gap = width - displayWidth(left) - displayWidth(right);
  return gap >= 2 ? [left + " ".repeat(gap) + right] : [left, `${INDENT}${right}`];
}

/** `07:30 (5 h 39 m)`. */
export function sinceText(since: string, now: string): string {
  return `${moment(since, now)} (${age(Date.parse(now) - Date.parse(since))})`;
}

function whereOf({ labels }: Finding): string {
  return labelsLine(labels) || "external labels unknown";
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
