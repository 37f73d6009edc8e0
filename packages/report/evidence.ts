import { age, count } from "#blocks/text";
import { type Column, renderTable } from "#report/table";
import { displayWidth, moment, size, wrap } from "#report/text";

export interface EvidenceOptions {
  readonly width: number;
  readonly indent: string;
  /** The time that the bucket was judged at. */
  readonly now: string;
  /** Every row, not the first three. */
  readonly all: boolean;
}

const SHOWN_ROWS = 3;
/** Of a list in a sentence. */
const SHOWN_ITEMS = 6;
// A table with a wider column would have room for little else: its rows are told as sentences.
const MAX_SHARE = 2 / 3;

type Fields = Readonly<Record<string, unknown>>;

/** The numbers of a finding: single values as a sentence, lists of records as tables. Label sets only with `all`. */
export function renderEvidence(evidence: Fields, options: EvidenceOptions): string[] {
  const entries = Object.entries(evidence).filter(([, value]) => value !== null && value !== undefined);
  const facts = entries
    .filter(([, value]) => !isRecords(value) && (options.all || !isFields(value)))
    .map(([name, value]) => fact(name, value, options));
  const sentence = facts.length === 0 ? [] : wrap(facts.join(", "), options);
  return [...sentence, ...entries.flatMap(([name, value]) => (isRecords(value) ? records(name, value, options) : []))];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRecords(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.length > 0 && value.every(isFields);
}

function records(name: string, rows: readonly Fields[], { width, indent, now, all }: EvidenceOptions): string[] {
  const shown = all ? rows : rows.slice(0, SHOWN_ROWS);
  const inner = width - indent.length - 2;
  const columns = columnsOf(rows, now);
  const isTabular = columns.every(({ value }) => shown.every((row) => displayWidth(value(row)) <= inner * MAX_SHARE));
  const lines = isTabular
    ? renderTable(columns, shown, inner)
    : shown.flatMap((row) => {
        const facts = columns.map(({ title, value }) => `${title} ${value(row)}`);
        return wrap(facts.join(", "), { width: inner, indent: "  ", first: "- " });
      });
  const rest = rows.length - shown.length;
  const more = rest > 0 ? [`... ${rest} more (--all)`] : [];
  return [`${indent}${words(name)}:`, ...[...lines, ...more].map((line) => `${indent}  ${line}`)];
}

function columnsOf(rows: readonly Fields[], now: string): readonly Column<Fields>[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return names.map((name, at) => ({
    title: words(name),
    value: (row) => cell(name, row[name], now),
    align: typeof rows[0]?.[name] === "number" ? "right" : "left",
    importance: -at,
  }));
}

/** In a table the values of a label set do, since its column is narrow. */
function cell(name: string, value: unknown, now: string): string {
  return isFields(value) ? Object.values(value).map(String).join(" ") : valueText(name, value, now);
}

function fact(name: string, value: unknown, { now, all }: EvidenceOptions): string {
  const isLong = Array.isArray(value) && value.length > SHOWN_ITEMS && !all;
  const shown = isLong ? value.slice(0, SHOWN_ITEMS) : value;
  const rest = isLong ? ` ... ${count(value.length - SHOWN_ITEMS)} more (--all)` : "";
  return `${words(name)} ${valueText(name, shown, now)}${rest}`;
}

/** `expectedMaxTime` as `expected max time`; the unit is told with the value. */
function words(name: string): string {
  return name
    .replace(/(?:Ms|Bytes)$/, "")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Not what only looks like one: a value of a broken meta.json is told as it is. */
function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}

function valueText(name: string, value: unknown, now: string): string {
  if (typeof value === "number") return numberText(name, value);
  if (typeof value === "string") return isInstant(value) ? moment(value, now) : value;
  if (Array.isArray(value)) return value.map((item) => valueText(name, item, now)).join(" ");
  if (isFields(value)) {
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
