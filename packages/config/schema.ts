import * as v from "valibot";
import { parseDuration } from "#config/duration";

/** A Prometheus duration (`15m`, `48h`, `0d`), parsed to milliseconds. */
export const Duration = v.pipe(
  v.string(),
  v.check((text) => parseDuration(text) !== undefined, "write a duration as Prometheus does: 15m, 48h, 30d"),
  v.transform((text) => parseDuration(text) ?? 0),
);

/** One thing wrong with something that came from outside. */
export interface Problem {
  /** Dotted path, e.g. `buckets.0.url`. */
  readonly field: string;
  readonly value: unknown;
  /** What is wrong and what to write instead. */
  readonly remedy: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses at the door: every problem at once, each with field, value and remedy. Never throws. */
export function parseWith<S extends v.GenericSchema>(schema: S, input: unknown): Parsed<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.output };
  return { ok: false, problems: result.issues.flatMap(problemsOf) };
}

function problemsOf(issue: v.BaseIssue<unknown>): Problem[] {
  const nested = issue.issues?.flatMap((inner) => problemsOf(inner)) ?? [];
  if (nested.length > 0) return nested;
  const field = v.getDotPath(issue) ?? "(root)";
  return [{ field, value: issue.input, remedy: issue.message }];
}
