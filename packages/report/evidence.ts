import { age, count } from "#blocks/text";
import { type Column, renderTable } from "#report/table";
import { moment, size, wrap } from "#report/text";

export interface EvidenceOptions {
  readonly width: number;
  readonly indent: string;
  /** The time that the bucket was judged at. */
  readonly now: string;
  /** Every row, not the first three. */
  readonly all: boolean;
}

const SHOWN_ROWS = 3;

/** The numbers of a finding: single values as a sentence, lists of records as tables. */
export function renderEvidence(evidence: Readonly<Record<string, unknown>>, options: EvidenceOptions): string[] {
  const entries = Object.entries(evidence).filter(([, value]) => value !== null && value !== undefined);
  const facts = entries.filter(([, value]) => !isRecords(value)).map(([name, value]) => fact(name, value, options.now));
  const sentence = facts.length === 0 ? [] : wrap(facts.join(", "), { ...options });
  return [...sentence, ...entries.flatMap(([name, value]) => (isRecords(value) ? records(name, value, options) : []))];
}

function isRecords(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => typeof row === "object" && row !== null);
}

function records(
  name: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  { width, indent, now, all }: EvidenceOptions,
): string[] {
  const shown = all ? rows : rows.slice(0, SHOWN_ROWS);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map(
    (field, at): Column<Readonly<Record<string, unknown>>> => ({
      title: words(field),
      value: (row) => valueText(field, row[field], now),
      align: typeof rows[0]?.[field] === "number" ? "right" : "left",
      importance: -at,
    }),
  );
  const lines = renderTable(columns, shown, width - indent.length - 2).map((line) => `${indent}  ${line}`);
  const rest = rows.length - shown.length;
  return [`${indent}${words(name)}:`, ...lines, ...(rest > 0 ? [`${indent}  ... ${rest} more (--all)`] : [])];
}

function fact(name: string, value: unknown, now: string): string {
  return `${words(name)} ${valueText(name, value, now)}`;
}

/** `expectedMaxTime` as `expected max time`; the unit is told with the value. */
function words(name: string): string {
  return name
    .replace(/(?:Ms|Bytes)$/, "")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function valueText(name: string, value: unknown, now: string): string {
  if (typeof value === "number") return numberText(name, value);
  if (typeof value === "string") return INSTANT.test(value) ? moment(value, now) : value;
  if (Array.isArray(value)) return value.map((item) => valueText(name, item, now)).join(" ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([field, inner]) => `${field}=${valueText(field, inner, now)}`)
      .join(" ");
  }
  return value === undefined || value === null ? "-" : value === true ? "yes" : value === false ? "no" : String(value);
}

function numberText(name: string, value: number): string {
  if (/Ms$/.test(name)) return age(value);
  return /(?:bytes|size)$/i.test(name) ? size(value) : count(value);
}
