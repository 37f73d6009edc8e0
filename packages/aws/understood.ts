import type * as v from "valibot";
import { formatProblems, parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";

/** An answer of AWS as its schema has it. TerminalError `unreadable` for any other. */
export function understood<S extends v.GenericSchema>(what: string, schema: S, answer: unknown): v.InferOutput<S> {
  const parsed = parseWith(schema, answer);
  if (parsed.ok) return parsed.value;
  throw new TerminalError(`${what}: AWS's answer is not understood`, {
    reason: "unreadable",
    remedy: formatProblems(parsed.problems),
  });
}
