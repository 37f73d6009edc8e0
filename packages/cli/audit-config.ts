import { readFile } from "node:fs/promises";
import { ProblemsError } from "#cli/errors";
import { AuditSettings, defaultAuditSettings } from "#config/audit-settings";
import { nearestName } from "#config/nearest";
import { type Problem, parseWith } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";

export interface AuditConfig {
  readonly settings: AuditSettings;
  /** Names in the file that this version does not know, and that are no mistyped ones that it does: a later version's. */
  readonly ignored: readonly string[];
}

/** The settings of a JSON file, the defaults without one. Throws ProblemsError with everything that is wrong at once. */
export async function readAuditConfig(file: string | undefined): Promise<AuditConfig> {
  if (file === undefined) return { settings: defaultAuditSettings(), ignored: [] };
  const input = await readJson(file);
  const ignored = Object.keys(input).filter((name) => !NAMES.includes(name) && nearestName(name, NAMES) === undefined);
  const known = Object.fromEntries(Object.entries(input).filter(([name]) => !ignored.includes(name)));
  const parsed = parseWith(AuditSettings, known);
  if (parsed.ok) return { settings: parsed.value, ignored };
  const unknown = unknownNames(known);
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
  const near = nearestName(name, known);
  return near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
