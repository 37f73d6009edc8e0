import type * as v from "valibot";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";

/** How a kind of stored record is read: the schema of the current version, and the way up to it from the version before. */
export interface Versioned<T> {
  /** For people: "cluster record". */
  readonly kind: string;
  readonly current: number;
  readonly schema: v.GenericSchema<unknown, T>;
  /** By the version that a record has: the same record one version later. A reader takes the version before its own. */
  readonly upgrades: Readonly<Record<number, (older: object) => object>>;
}

/**
 * A stored record of any version that is understood, as one of the current version. `key` says which record it is.
 * @throws TerminalError with reason `unknown-schema-version` or `malformed-record`
 */
export function readVersioned<T>(versioned: Versioned<T>, stored: unknown, key: string): T {
  const parsed = parseWith(versioned.schema, upgraded(versioned, stored, key));
  if (parsed.ok) return parsed.value;
  const [first] = parsed.problems;
  throw new TerminalError(`the ${versioned.kind} of ${key} is malformed at ${first?.field}: ${first?.remedy}`, {
    remedy: "Delete the record: the next sweep or audit writes it anew.",
    reason: "malformed-record",
    ...(first === undefined ? {} : { field: first.field, value: first.value }),
  });
}

function upgraded<T>({ kind, current, upgrades }: Versioned<T>, stored: unknown, key: string): unknown {
  if (typeof stored !== "object" || stored === null || !("schemaVersion" in stored)) return stored;
  const version = stored.schemaVersion;
  if (version === current) return stored;
  const upgrade = typeof version === "number" ? upgrades[version] : undefined;
  if (upgrade !== undefined) return upgrade(stored);
  throw new TerminalError(`the ${kind} of ${key} has schema version ${version}, this release reads ${current}`, {
    remedy: "Run the release that wrote it, or a later one.",
    reason: "unknown-schema-version",
    field: "schemaVersion",
    value: version,
  });
}
