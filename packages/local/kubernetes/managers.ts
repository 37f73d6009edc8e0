import { KubeFailure } from "#local/kubernetes/failure";
import { describeField, type FieldSet, fieldsOf, fromFieldsV1, toFieldsV1 } from "#local/kubernetes/fields";
import { asObject, isObject, type JsonObject, sameJson } from "#local/kubernetes/json";
import type { KubeObject } from "#onboard/ports";

/** One entry of `metadata.managedFields`. Writes of a status are not tracked. */
export interface ManagerEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string;
  readonly fields: FieldSet;
}

export interface Who {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string;
}

export function managersOf(object: KubeObject): readonly ManagerEntry[] {
  return (object.metadata.managedFields ?? []).filter(isObject).map((entry) => ({
    manager: String(entry.manager),
    operation: entry.operation === "Apply" ? "Apply" : "Update",
    apiVersion: String(entry.apiVersion),
    time: String(entry.time),
    fields: fromFieldsV1(asObject(entry.fieldsV1)),
  }));
}

export function withManagers(object: KubeObject, managers: readonly ManagerEntry[]): KubeObject {
  const managedFields = managers
    .filter((entry) => entry.fields.size > 0)
    .map(({ fields, ...entry }) => ({ ...entry, fieldsType: "FieldsV1", fieldsV1: toFieldsV1(fields) }));
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}

export function isSame(entry: ManagerEntry, who: Pick<Who, "manager" | "operation">): boolean {
  return entry.manager === who.manager && entry.operation === who.operation;
}

/** Replaces the entry of `who`, whose time changes with its fields only. */
export function withEntry(managers: readonly ManagerEntry[], who: Who, fields: FieldSet): readonly ManagerEntry[] {
  const known = managers.find((entry) => isSame(entry, who));
  if (known === undefined) return [...managers, { ...who, fields }];
  const unchanged = known.fields.size === fields.size && known.fields.isSubsetOf(fields);
  const next = unchanged ? known : { ...who, fields };
  return managers.map((entry) => (entry === known ? next : entry));
}

/** What an update does to ownership: a field that changed is the updater's alone, one that went is nobody's. */
export function afterUpdate(before: KubeObject | undefined, after: KubeObject, at: { who: Who; granular: boolean }) {
  const was = before === undefined ? new Map<string, unknown>() : fieldsOf(withoutStatus(before), at.granular);
  const is = fieldsOf(withoutStatus(after), at.granular);
  const changed = new Set(
    [...is].filter(([path, value]) => !was.has(path) || !sameJson(value, was.get(path))).map(([path]) => path),
  );
  const managers = before === undefined ? [] : managersOf(before);
  const trimmed = managers.map((entry) => {
    const mine = isSame(entry, at.who);
    const fields = new Set([...entry.fields].filter((path) => (mine || !changed.has(path)) && is.has(path)));
    return fields.size === entry.fields.size ? entry : { ...entry, fields };
  });
  const own = trimmed.find((entry) => isSame(entry, at.who))?.fields ?? new Set<string>();
  return withManagers(after, withEntry(trimmed, at.who, own.union(changed)));
}

function withoutStatus(object: KubeObject): JsonObject {
  const { status: _, ...rest } = object;
  return rest;
}

interface Clash {
  readonly entry: ManagerEntry;
  readonly path: string;
}

/** Fields that another manager holds at another value. */
export function clashes(
  managers: readonly ManagerEntry[],
  who: Who,
  values: { readonly wanted: ReadonlyMap<string, unknown>; readonly live: ReadonlyMap<string, unknown> },
): readonly Clash[] {
  return managers
    .filter((entry) => !isSame(entry, who))
    .flatMap((entry) =>
      [...values.wanted]
        .filter(([path, value]) => entry.fields.has(path) && !sameJson(value, values.live.get(path)))
        .map(([path]) => ({ entry, path }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    );
}

/** The 409 of server-side apply, with a cause for each field and its manager. */
export function applyConflict(found: readonly Clash[]): KubeFailure {
  const causes = found.map(({ entry, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describeManager(entry)}`,
    field: describeField(path),
  }));
  const byManager = Map.groupBy(causes, (cause) => cause.message.replace("conflict with ", ""));
  const plural = found.length === 1 ? "conflict" : "conflicts";
  const listed = [...byManager].map(([manager, of]) =>
    found.length === 1
      ? `conflict with ${manager}: ${of[0]?.field}`
      : `conflicts with ${manager}:\n${of.map((cause) => `- ${cause.field}`).join("\n")}`,
  );
  const message = `Apply failed with ${found.length} ${plural}: ${listed.join("\n")}`;
  return new KubeFailure(409, "Conflict", message, { causes });
}

function describeManager(entry: ManagerEntry): string {
  const name = JSON.stringify(entry.manager);
  return entry.operation === "Apply" ? name : `${name} using ${entry.apiVersion}`;
}
