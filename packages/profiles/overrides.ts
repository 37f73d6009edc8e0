import { TerminalError } from "#fleet/errors";

export type Values = Readonly<Record<string, unknown>>;

/**
 * `over` laid on `values` as helm merges: maps key by key, anything else replaces, lists whole.
 * TerminalError `value-null` for a null, since in a values file it renders `null` and removes nothing.
 */
export function mergeValues(values: Values, over: Values, path: readonly string[] = []): Values {
  const merged = new Map<string, unknown>(Object.entries(values));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, mergeOne(merged.get(key), value, [...path, key]));
  }
  return Object.fromEntries(merged);
}

function mergeOne(base: unknown, over: unknown, path: readonly string[]): unknown {
  if (over === null || over === undefined) throw nullValue(path);
  if (!isMap(over)) return over;
  return mergeValues(isMap(base) ? base : {}, over, path);
}

function nullValue(path: readonly string[]): TerminalError {
  const field = path.join(".");
  return new TerminalError(`the chart value ${field} is null`, {
    reason: "value-null",
    field,
    value: null,
    remedy: "A null does not remove a value: write the value that the chart should use, such as {} or false.",
  });
}

export function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
