import { createHash } from "node:crypto";
import type { Values } from "#profiles/overrides";
import { isMap } from "#profiles/overrides";

/** 32 hex digits over values and chart, the same for any order of keys. Short enough for a label's value. */
export function valuesHash(
  values: Values,
  chart: { readonly name: string; readonly version: string; readonly digest: string },
): string {
  const { name, version, digest } = chart;
  const text = JSON.stringify(sorted({ values, chart: { name, version, digest } }));
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
