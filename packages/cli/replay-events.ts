import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { ProblemsError } from "#cli/errors";
import { type Problem, parseWith } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";

const ReplayEvent = v.looseObject({
  source: v.pipe(v.string("write who tells, e.g. musterbook.drill"), v.nonEmpty("write who tells")),
  "detail-type": v.pipe(
    v.string("write what is told, e.g. AWS API Call via CloudTrail"),
    v.nonEmpty("write what is told"),
  ),
  detail: v.record(v.string(), v.unknown(), "write an object"),
});

/** An event in EventBridge's envelope, as far as the bus insists on it. */
export type ReplayEvent = v.InferOutput<typeof ReplayEvent>;

/** Nobody may put events of AWS's services on a bus; the rules match ours like theirs. */
const DRILL = "musterbook.drill";
const DRILLED: readonly string[] = ["aws.eks", "aws.s3"];

/**
 * The events of a file: one envelope, an array of them, or one a line (JSON lines).
 * @throws TerminalError `bad-input` where it is no JSON, ProblemsError with everything that is wrong in the envelopes
 */
export async function readEvents(file: string): Promise<readonly ReplayEvent[]> {
  const inputs = parseText(await readText(file), file);
  const parsed = inputs.map((input) => parseWith(ReplayEvent, input));
  const problems = parsed.flatMap((one, at) =>
    one.ok ? [] : one.problems.map((problem) => placed(problem, inputs.length === 1 ? undefined : at)),
  );
  if (problems.length > 0) {
    const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const remedy = "Correct the file; nothing was replayed. test/events holds examples.";
    throw new ProblemsError(`cannot replay ${file}: ${many}`, problems, remedy);
  }
  if (inputs.length === 0) throw unreadable(file, "it holds no event");
  return parsed.flatMap((one) => (one.ok ? [one.value] : []));
}

function placed(problem: Problem, at: number | undefined): Problem {
  return at === undefined ? problem : { ...problem, field: `event ${at + 1}, ${problem.field}` };
}

/** The event as a drill, where its source is a service's; the source that it had then. */
export function asDrill(event: ReplayEvent): { readonly event: ReplayEvent; readonly was: string | null } {
  if (!DRILLED.includes(event.source)) return { event, was: null };
  return { event: { ...event, source: DRILL }, was: event.source };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unreadable(file, describeError(cause), cause);
  }
}

function parseText(text: string, file: string): readonly unknown[] {
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch (cause) {
    const lines = text.split("\n").map((line, at) => ({ line: line.trim(), number: at + 1 }));
    const filled = lines.filter(({ line }) => line !== "");
    if (filled.length < 2 || !isJson(filled[0]?.line ?? "")) throw unreadable(file, describeError(cause), cause);
    return filled.map(({ line, number }) => parseLine(line, `${file}:${number}`));
  }
}

function parseLine(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw unreadable(place, describeError(cause), cause);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function unreadable(place: string, why: string, cause?: unknown): TerminalError {
  return new TerminalError(`cannot read events from ${place}: ${why}`, {
    reason: "bad-input",
    field: "file",
    value: place,
    remedy: "Name a JSON file with one event, an array of events, or one event a line. Nothing was replayed.",
    ...(cause === undefined ? {} : { cause }),
  });
}
