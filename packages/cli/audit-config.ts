import { readFile } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import { ProblemsError } from "#cli/errors";
import { AuditSettings, defaultAuditSettings } from "#config/audit-settings";
import { type Problem, parseWith } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";

/** The settings of a JSON file, the defaults without one. Throws ProblemsError with everything that is wrong at once. */
export async function readAuditSettings(file: string | undefined): Promise<AuditSettings> {
  if (file === undefined) return defaultAuditSettings();
  const input = await readJson(file);
  const parsed = parseWith(AuditSettings, input);
  if (parsed.ok) return parsed.value;
  const unknown = unknownNames(input);
  // The schema tells the first unknown name of an object only.
  const others = parsed.problems.filter(({ field }) => !unknown.some((problem) => problem.field === field));
  const problems = [...unknown, ...others];
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new ProblemsError(`cannot use ${file}: ${many}`, problems, "Correct the file; nothing was judged.");
}

async function readJson(file: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isObject(value)) return value;
    throw new SyntaxError("it holds no object");
  } catch (cause) {
    throw new TerminalError(`cannot read the configuration ${file}: ${describeError(cause)}`, {
      reason: "bad-input",
      field: "--config",
      value: file,
      remedy: 'Name a JSON file such as {"replicaLabels": ["prometheus_replica"], "deleteDelay": "48h"}.',
      cause,
    });
  }
}

const NAMES = Object.keys(AuditSettings.entries);
const RETENTIONS = ["raw", "5m", "1h"];

function unknownNames(input: object): readonly Problem[] {
  const retention: unknown = "retention" in input ? input.retention : undefined;
  const nested = isObject(retention) ? unknownIn(retention, RETENTIONS, "retention.") : [];
  return [...unknownIn(input, NAMES, ""), ...nested];
}

function unknownIn(object: object, known: readonly string[], path: string): readonly Problem[] {
  return Object.keys(object)
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: path + name, value: undefined, remedy: `unknown name; ${nearest(name, known)}` }));
}

function nearest(name: string, known: readonly string[]): string {
  const candidate = closest(name, known);
  const isNear = distance(name, candidate) <= Math.max(2, name.length / 3);
  return isNear ? `did you mean ${candidate}?` : `known are ${known.join(", ")}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
