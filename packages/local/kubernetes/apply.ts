import { type FieldSet, fieldsOf, keyedItems, removeFields, toFieldsV1 } from "#local/kubernetes/fields";
import { asObject, isObject, type JsonObject, without } from "#local/kubernetes/json";
import {
  applyConflict,
  clashes,
  isSame,
  managersOf,
  type Who,
  withEntry,
  withManagers,
} from "#local/kubernetes/managers";
import type { KubeObject } from "#onboard/ports";

/**
 * Server-side apply: the live object with what `wanted` says, without what this manager applied before and no longer
 * does. KubeFailure 409 naming the managers that hold a field at another value, unless `force` takes it from them.
 */
export function applied(
  live: KubeObject | undefined,
  wanted: KubeObject,
  how: { readonly who: Who; readonly granular: boolean; readonly force: boolean },
): KubeObject {
  const { who, granular, force } = how;
  const wantedFields = fieldsOf(wanted, granular);
  const fields = new Set(wantedFields.keys());
  if (live === undefined) return withManagers(wanted, [{ ...who, fields }]);

  const managers = managersOf(live);
  const found = clashes(managers, who, { wanted: wantedFields, live: fieldsOf(live, granular) });
  if (found.length > 0 && !force) throw applyConflict(found);

  const lost = Map.groupBy(found, (clash) => clash.entry);
  const kept = managers.map((entry) => {
    const taken = new Set(lost.get(entry)?.map((clash) => clash.path));
    return taken.size === 0 ? entry : { ...entry, fields: entry.fields.difference(taken) };
  });
  const others = kept.filter((entry) => !isSame(entry, who));
  const before = kept.find((entry) => isSame(entry, who))?.fields ?? new Set<string>();
  const still = [fields, ...others.map((entry) => entry.fields)];
  const gone = [...before].filter((path) => !still.some((set) => covers(set, path)));

  const pruned = gone.length === 0 ? live : prune(live, toFieldsV1(new Set(gone)), granular);
  const merged = merge(pruned, wanted, { field: "", granular }) as KubeObject;
  return withManagers(merged, withEntry(kept, who, fields));
}

/** An empty map that has got keys since is still there. */
function covers(fields: FieldSet, path: string): boolean {
  return fields.has(path) || [...fields].some((field) => field.startsWith(`${path}\n`));
}

function prune(object: KubeObject, tree: JsonObject, granular: boolean): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const rest = asObject(removeFields(object, tree, { field: "", granular }));
  const { managedFields } = metadata;
  const keptMetadata = {
    ...asObject(rest.metadata),
    name: metadata.name,
    ...(managedFields ? { managedFields } : {}),
  };
  return { ...rest, apiVersion, kind, metadata: keptMetadata };
}

function merge(live: unknown, wanted: unknown, at: { field: string; granular: boolean }): unknown {
  if (isObject(live) && isObject(wanted)) {
    const copy: Record<string, unknown> = { ...live };
    for (const [key, value] of Object.entries(wanted)) copy[key] = merge(live[key], value, { ...at, field: key });
    return copy;
  }
  if (!Array.isArray(live) || !Array.isArray(wanted)) return wanted;
  const wantedItems = keyedItems(at.field, wanted, at.granular);
  const liveItems = keyedItems(at.field, live, at.granular);
  if (wantedItems === undefined || liveItems === undefined) return wanted;
  const own = [...wantedItems].map(([step, item]) => merge(liveItems.get(step), item, at));
  const others = [...liveItems].filter(([step]) => !wantedItems.has(step)).map(([, item]) => item);
  return [...own, ...others];
}

/** What a client may apply: not the status of a kind that keeps it apart, and nothing that the server writes. */
export function applicable(object: KubeObject, status: boolean): KubeObject {
  const metadata = without(
    object.metadata,
    "managedFields",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "resourceVersion",
    "uid",
  );
  const rest = status ? without(object, "status") : object;
  return { ...rest, metadata };
}
