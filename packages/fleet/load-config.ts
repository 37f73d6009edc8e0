import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import type { FleetConfig } from "#config/fleet-config";
import { hasFleet, type InstallationConfig, misplacedFields, schemaFor } from "#config/installation-config";
import { nearestName } from "#config/nearest";
import { formatProblems, maskSecret, type Parsed, type Problem } from "#config/schema";
import { fieldNames } from "#config/schema-fields";
import { checkAcross } from "#fleet/config-checks";
import { TerminalError } from "#fleet/errors";

/**
 * The fleet's configuration from a TypeScript file with `export default defineFleet({...})`. Throws one TerminalError
 * with every problem at once: `config-unreadable`, or `config-invalid` whose value is the list of problems; `no-fleet`
 * where the file only audits. The module is read once per process and path.
 */
export async function loadFleetConfig(path: string, now: Date): Promise<FleetConfig> {
  const config = await loadConfig(path, now);
  if (hasFleet(config)) return config;
  throw new TerminalError(`${path} describes no fleet: it only audits`, {
    reason: "no-fleet",
    field: "capabilities",
    value: config.capabilities,
    remedy: 'Add "onboarding" to capabilities, with scopes, zone, principalArn and observer.',
  });
}

/** As `loadFleetConfig`, of an installation that may only audit. */
export async function loadConfig(path: string, now: Date): Promise<InstallationConfig> {
  const parsed = parseConfig(await importDefault(path), now);
  if (parsed.ok) return parsed.value;
  const { problems } = parsed;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new TerminalError(`${path} has ${count}:\n${formatProblems(problems)}`, {
    reason: "config-invalid",
    remedy: `Mend ${problems.length === 1 ? "it" : "them"} in ${path}. Nothing was read or changed with this configuration.`,
    value: problems,
  });
}

/** A configuration at the door: shape, then what must agree across fields; secrets are masked in every value. Never throws. */
export function parseConfig(input: unknown, now: Date): Parsed<InstallationConfig> {
  const fields = typeof input === "object" && input !== null ? input : {};
  const misplaced = misplacedFields(fields);
  const schema = schemaFor(fields);
  const result = v.safeParse<Schema>(schema, misplaced.length === 0 ? input : without(fields, misplaced));
  const found = [
    ...misplaced.map((field) => ({ field, value: Reflect.get(fields, field), remedy: MISPLACED })),
    ...(result.issues ?? []).map((issue) => problemOf(issue, schema)),
    ...checkAcross(fields, schema, now),
  ];
  const problems = found.map((problem) => ({ ...problem, value: masked(problem.value) }));
  if (result.success && problems.length === 0) return { ok: true, value: result.output };
  return { ok: false, problems };
}

type Schema = ReturnType<typeof schemaFor>;

const MISPLACED = 'this belongs to a fleet of clusters: remove it, or add "onboarding" to capabilities';

function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

async function importDefault(path: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(path)).href).catch(
    (error: unknown) => {
      throw new TerminalError(`cannot read the configuration ${path}`, {
        reason: "config-unreadable",
        remedy: "Name a TypeScript file that exists and can be imported, by default fleet.config.ts.",
        field: "config",
        value: path,
        cause: error,
      });
    },
  );
  if (module.default !== undefined) return module.default;
  throw new TerminalError(`${path} has no default export`, {
    reason: "config-unreadable",
    remedy: "Write `export default defineFleet({ ... })` with defineFleet of the package musterbook.",
    field: "default",
  });
}

function problemOf(issue: v.BaseIssue<unknown>, schema: Schema): Problem {
  const field = v.getDotPath(issue) ?? "(root)";
  // Of an unknown field valibot gives the name as input; its value ends the path.
  const value = issue.expected === "never" ? issue.path?.at(-1)?.value : issue.input;
  return { field, value, remedy: remedyOf(issue, schema) };
}

/** The messages of the schema are remedies; valibot's own, which begin with `Invalid`, are put into words. */
function remedyOf(issue: v.BaseIssue<unknown>, schema: Schema): string {
  if (issue.expected === "never") return unknownField(issue, schema);
  if (issue.input === undefined && issue.kind === "schema") return "add this field";
  if (!issue.message.startsWith("Invalid")) return issue.message;
  return `write ${KINDS[issue.expected ?? ""] ?? `a ${issue.expected}`}`;
}

const KINDS: Readonly<Record<string, string>> = { Object: "an object { ... }", Array: "a list [ ... ]" };

function unknownField(issue: v.BaseIssue<unknown>, schema: Schema): string {
  const path = (issue.path ?? [])
    .map(({ key }) => key)
    .filter((key) => typeof key === "string" || typeof key === "number");
  const names = fieldNames(schema, path.slice(0, -1));
  const nearest = nearestName(String(path.at(-1)), names);
  const known = names.length === 0 ? "" : `; fields here are ${names.join(", ")}`;
  return nearest === undefined
    ? `there is no such field, remove it${known}`
    : `there is no such field; did you mean ${nearest}?`;
}

/** Only text is repeated: an object or a list could hold a secret under any name. */
function masked(value: unknown): unknown {
  if (typeof value === "string") return maskSecret(value);
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? "(list)" : "(object)";
}
