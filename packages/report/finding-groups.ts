import { sortedPairs } from "#blocks/block/labels";
import type { Cause } from "#blocks/causes";
import type { FindingSeverity } from "#blocks/finding";
import { count } from "#blocks/text";
import { displayWidth } from "#report/text";

/** Causes of one id and one severity: the same trouble in several places. */
export interface Group {
  readonly id: string;
  readonly severity: FindingSeverity;
  readonly causes: readonly [Cause, ...Cause[]];
  /** When the first of them began, RFC 3339; null when the bucket does not tell. */
  readonly since: string | null;
  /** Findings that they explain. */
  readonly swallowed: number;
}

/** In the order of the causes, which is worst first. */
export function groupsOf(causes: readonly Cause[]): readonly Group[] {
  const groups = Map.groupBy(causes, ({ finding }) => `${finding.severity} ${finding.id}`);
  return [...groups.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [groupOf([first, ...more], first)],
  );
}

function groupOf(causes: Group["causes"], { finding: { id, severity } }: Cause): Group {
  const times = causes.flatMap(({ finding }) => finding.since ?? []).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const swallowed = causes.reduce((sum, { swallows }) => sum + swallows.length, 0);
  return { id, severity, causes, since: times[0] ?? null, swallowed };
}

/**
 * What tells `some` causes of a group apart, in at most so many columns: the values of the labels that do, with how many
 * findings each has, or ULIDs where no label does.
 */
export function namesOf({ causes }: Group, some: readonly Cause[], columns: number): string {
  const labels = tellingApart(causes);
  const nameOf = namer(causes, labels);
  const intro = labels.length === 0 ? "" : `by ${labels.join("/")}: `;
  const names = [...Map.groupBy(some, nameOf)].map(([name, same]) =>
    same.length === 1 ? name : `${name} (${count(same.length)})`,
  );
  return intro + firstFitting(names, columns - displayWidth(intro));
}

/** `a, b and 3 more`; the first one in any case. */
function firstFitting(names: readonly string[], columns: number): string {
  let text = "";
  for (const [at, name] of names.entries()) {
    const next = text === "" ? name : `${text}, ${name}`;
    const rest = names.length - at - 1;
    const whole = rest === 0 ? next : `${next} and ${count(rest)} more`;
    if (text !== "" && displayWidth(whole) > columns) return `${text} and ${count(rest + 1)} more`;
    text = next;
  }
  return text;
}

/** The fewest labels whose values tell apart what all of them do: a region says nothing beside the cluster that is in it. */
function tellingApart(causes: readonly Cause[]): readonly string[] {
  const distinct = (names: readonly string[]) =>
    new Set(causes.map(({ finding }) => JSON.stringify(names.map((name) => finding.labels[name] ?? null)))).size;
  const all = [...new Set(causes.flatMap(({ finding }) => Object.keys(finding.labels)))].sort();
  const most = distinct(all);
  return all
    .toReversed()
    .toSorted((a, b) => distinct([a]) - distinct([b]))
    .reduce((kept, name) => {
      const without = kept.filter((other) => other !== name);
      return distinct(without) === most ? without : kept;
    }, all);
}

function namer(causes: readonly Cause[], labels: readonly string[]): (cause: Cause) => string {
  const columns = labels.map((name) => {
    const values = [...new Set(causes.flatMap(({ finding }) => finding.labels[name] ?? []))];
    return { name, prefix: values.length < 2 ? "" : sharedStart(values) };
  });
  return ({ finding: { labels: of, blocks, groupKey, summary } }) => {
    if (columns.length === 0) return blocks[0] ?? groupKey ?? summary;
    return columns.map(({ name, prefix }) => shortened(of[name] ?? "-", prefix)).join("/");
  };
}

/** Shorter ones are read faster than what would stand for them. */
const LONG_START = 12;

/** What all values begin with, up to a separator; empty where that is short. */
function sharedStart(values: readonly string[]): string {
  const [first = "", ...others] = values;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length -= 1;
  }
  const start = first.slice(0, first.slice(0, length).search(/[-_./:][^-_./:]*$/));
  return start.length >= LONG_START ? start : "";
}

function shortened(value: string, prefix: string): string {
  return prefix === "" ? value : `..${value.slice(prefix.length)}`;
}

/** As PromQL writes matchers, but for quotes. */
export function labelsLine(labels: Readonly<Record<string, string>>): string {
  return sortedPairs(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}
