import { closest } from "fastest-levenshtein";
import type { Problem } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { isMap, type Values } from "#profiles/overrides";

/** The keys that a chart knows, by dotted path. */
export interface ValueKeys {
  /** Every path, inner ones included. */
  readonly paths: ReadonlySet<string>;
  /** Paths below which any key is taken. */
  readonly open: ReadonlySet<string>;
}

const OPEN_TYPES = new Set(["map", "list", "null"]);
/** Free-form, or a subchart whose own keys the list does not hold. */
const OPEN_PATHS = ["alertmanager.config", "grafana", "prometheus-windows-exporter"];

/** Reads lines of `path type`, one per leaf of a chart's default values. */
export function parseValueKeys(text: string): ValueKeys {
  const rows = text.split("\n").flatMap((line) => {
    const [path, type] = line.trim().split(" ");
    return path && type ? [{ path, type }] : [];
  });
  const open = rows.filter(({ type }) => OPEN_TYPES.has(type)).map(({ path }) => path);
  const paths = [...rows.map(({ path }) => path), ...OPEN_PATHS].flatMap(prefixes);
  return { paths: new Set(paths), open: new Set([...open, ...OPEN_PATHS]) };
}

/** Keys of `values` that the chart does not know: it has no schema, and helm ignores them in silence. */
export function unknownValueKeys(values: Values, keys: ValueKeys, path: readonly string[] = []): readonly Problem[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const here = [...path, key];
    const field = here.join(".");
    if (keys.open.has(field)) return [];
    if (!keys.paths.has(field)) return [{ field, value, remedy: remedyFor(field, keys) }];
    return isMap(value) ? unknownValueKeys(value, keys, here) : [];
  });
}

/** Throws TerminalError `value-unknown` that names every unknown key with the nearest right one. */
export function checkValueKeys(values: Values, keys: ValueKeys): void {
  const problems = unknownValueKeys(values, keys);
  const [first] = problems;
  if (first === undefined) return;
  throw new TerminalError(`the chart knows no value ${problems.map(({ field }) => field).join(", ")}`, {
    reason: "value-unknown",
    field: first.field,
    value: first.value,
    remedy: `In the values, ${problems.map(({ remedy }) => remedy).join("; ")}.`,
  });
}

function remedyFor(field: string, { paths }: ValueKeys): string {
  return `write ${closest(field, [...paths])} instead of ${field}, or remove it`;
}

function prefixes(path: string): readonly string[] {
  const parts = path.split(".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}
