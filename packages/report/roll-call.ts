import { parseClusterArn } from "#fleet/cluster";
import type { ClusterRecord, Condition, ConditionName } from "#fleet/record";
import { type Column, renderTable } from "#report/table";
import { moment, wrap } from "#report/text";

const CONDITIONS: readonly ConditionName[] = ["Installed", "Registered", "Queryable", "Uploading", "Beating"];
/** The conditions that onboarding itself brings about; a note stands at the first that does not hold. */
const OURS: readonly ConditionName[] = ["Installed", "Registered", "Queryable"];
/** Best first. */
const PHASES = ["present", "observed", "waiting", "failed", "removed"] as const;
const PHASE_WORDS: Readonly<Record<ClusterRecord["phase"], string>> = {
  present: "present",
  observed: "observed",
  waiting: "waiting",
  failed: "stopped",
  removed: "removed",
};

export interface RollCallOptions {
  readonly width: number;
  readonly now: Date;
}

interface Row {
  readonly record: ClusterRecord;
  readonly name: string;
  readonly region: string;
  /** Number of its note; undefined where there is nothing to explain. */
  readonly note: number | undefined;
}

/** One row per cluster, one column per condition, and a note for every cluster that is not where it should be. */
export function renderRollCall(records: readonly ClusterRecord[], { width, now }: RollCallOptions): string {
  if (records.length === 0) return "No cluster yet.\n";
  const rows = rowsOf(records);
  const lines = [...wrap(headline(records), { width }), "", ...renderTable(columnsOf(now), rows, width)];
  for (const row of rows) if (row.note !== undefined) lines.push("", ...noteOf(row, width));
  return `${lines.join("\n")}\n`;
}

function rowsOf(records: readonly ClusterRecord[]): readonly Row[] {
  let notes = 0;
  return records.map((record) => {
    const { name = record.arn, region = "-" } = parseClusterArn(record.arn) ?? {};
    const isOpen = record.phase === "waiting" || record.phase === "failed";
    return { record, name, region, note: isOpen ? ++notes : undefined };
  });
}

function headline(records: readonly ClusterRecord[]): string {
  const counts = PHASES.map((phase) => [phase, records.filter((record) => record.phase === phase).length] as const);
  const parts = counts.filter(([, count]) => count > 0).map(([phase, count]) => `${count} ${PHASE_WORDS[phase]}`);
  return `${records.length} cluster${records.length === 1 ? "" : "s"}: ${parts.join(", ")}`;
}

function columnsOf(now: Date): readonly Column<Row>[] {
  const importance: Readonly<Record<ConditionName, number>> = {
    Installed: 5,
    Registered: 5,
    Queryable: 5,
    Uploading: 4,
    Beating: 2,
  };
  return [
    { title: "CLUSTER", value: ({ name }) => name, importance: 9 },
    { title: "REGION", value: ({ region }) => region, importance: 3 },
    { title: "MODE", value: ({ record }) => record.mode ?? "-", importance: 6 },
    ...CONDITIONS.map((name) => ({
      title: name.toUpperCase(),
      value: (row: Row) => cellOf(row, name, now),
      importance: importance[name],
    })),
  ];
}

function cellOf({ record, note }: Row, name: ConditionName, now: Date): string {
  const text = wordOf(record.conditions[name], now);
  const first = OURS.find((ours) => !holds(record.conditions[ours])) ?? "Uploading";
  if (note === undefined || name !== first) return text;
  return `${text === "-" ? "no" : text} (${note})`;
}

function holds({ status }: Condition): boolean {
  return status === "yes" || status === "theirs";
}

function wordOf({ status, until }: Condition, now: Date): string {
  if (status === "unknown") return "-";
  return status === "due" && until !== undefined ? `due ${moment(until, now.toISOString())}` : status;
}

function noteOf({ record, name, note }: Row, width: number): readonly string[] {
  const remedy = record.remedy === "" ? "" : ` ${sentence(record.remedy)}`;
  const text = `${name}: ${ended(record.message)}${remedy}`;
  return wrap(text, { width, first: `(${note}) `, indent: "    " });
}

function sentence(text: string): string {
  const whole = text.trim();
  const capital = whole.charAt(0).toUpperCase() + whole.slice(1);
  return ended(capital);
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
