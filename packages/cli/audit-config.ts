import { readFile } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import { ProblemsError } from "#cli/errors";
import { AuditSettings, defaultAuditSettings } from "#config/audit-settings";
import { type Problem, parseWith } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";

/** The settings of a JSON file, the defaults without one. Throws ProblemsError with everything that is wrong at once. */
export async function readAuditSettings(file: string | undefined): Promise<AuditSettings> {
  if (file === undefined) return defaultAuditSettings();
  const parsed = parseWith(AuditSettings, await readJson(file));
  if (parsed.ok) return parsed.value;
  const problems = parsed.problems.map(withNearestName);
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new ProblemsError(`cannot use ${file}: ${many}`, problems, "Correct the file; nothing was judged.");
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
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

/** An unknown name gets the nearest known one, or all of them. */
function withNearestName(problem: Problem): Problem {
  const at = problem.field.lastIndexOf(".");
  const name = problem.field.slice(at + 1);
  const parent = problem.field.slice(0, Math.max(0, at));
  const known = parent === "" ? NAMES : parent === "retention" ? RETENTIONS : undefined;
  if (known === undefined || known.includes(name) || name === "(root)") return problem;
  const nearest = closest(name, known);
  const isNear = distance(name, nearest) <= Math.max(2, name.length / 3);
  return {
    ...problem,
    remedy: `unknown name; ${isNear ? `did you mean ${nearest}?` : `known are ${known.join(", ")}`}`,
  };
}
