import * as v from "valibot";
import { type Parsed, type Problem, parseWith } from "#config/schema";

const SHOWN_CHARS = 80;
/** A megabyte of garbage has as many problems. */
const SHOWN_PROBLEMS = 10;
// Keeps a byte order mark, so that JSON.parse refuses it as Go does.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A JSON text that was read once, for all who look at it. */
export interface Json {
  readonly text: string;
  readonly content: Parsed<unknown>;
}

/** Reads a small JSON object of a bucket. Never throws. */
export function readJson(bytes: Uint8Array): Json {
  return jsonOf(decoder.decode(bytes));
}

/** The same of what is text already. */
export function jsonOf(text: string): Json {
  try {
    return { text, content: { ok: true, value: JSON.parse(text) } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problems = [{ field: "(root)", value: cut(text), remedy: `no JSON: ${cut(reason)}` }];
    return { text, content: { ok: false, problems } };
  }
}

/** What it says by a schema. Never throws; values in problems are cut to a short text. */
export function parseJson<S extends v.GenericSchema>(schema: S, { content }: Json): Parsed<v.InferOutput<S>> {
  if (!content.ok) return content;
  const parsed = parseWith(schema, content.value);
  return parsed.ok ? parsed : { ok: false, problems: parsed.problems.slice(0, SHOWN_PROBLEMS).map(shortened) };
}

/**
 * An object and not an array: valibot's `object` takes both. Names match as Go's encoding/json has it: whatever their case,
 * and of several the last one counts.
 */
export function struct<T extends v.ObjectEntries>(entries: T) {
  const names: Names = {
    exact: new Set(Object.keys(entries)),
    folded: new Map(Object.keys(entries).map((name) => [folded(name), name])),
  };
  return v.pipe(
    v.custom<object>(
      (input) => typeof input === "object" && input !== null && !Array.isArray(input),
      "expected an object",
    ),
    v.transform((input) => withNames(input, names)),
    v.object(entries),
  );
}

/** Go's simple folding of letters, as far as it concerns names in ASCII. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll("\u017F", "s");
}

interface Names {
  readonly exact: ReadonlySet<string>;
  readonly folded: ReadonlyMap<string, string>;
}

function withNames(input: object, { exact, folded: known }: Names): object {
  const isOdd = (name: string) => !exact.has(name) && known.has(folded(name));
  if (!Object.keys(input).some(isOdd)) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [known.get(folded(name)) ?? name, value]));
}

// A value can be megabytes, or nested so deeply that printing it overflows the stack.
function shortened(problem: Problem): Problem {
  return { field: cut(problem.field), value: shown(problem.value), remedy: problem.remedy };
}

function cut(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (value === undefined) return "missing";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return typeof value === "string" ? cut(value) : value;
}
