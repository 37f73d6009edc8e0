import { asArray, asObject, isObject, type JsonObject } from "#local/kubernetes/json";

/**
 * Fields as server-side apply names them (structured-merge-diff): `f:name` of a map, `k:{...}` for an item of a list
 * with merge keys, `v:...` of a set, `.` for the item itself. A path joins its steps by line feeds.
 *
 * The subset: all maps are granular; the lists below have merge keys in built-in kinds, `finalizers` is a set, every
 * other list is one field, as is every list of a custom resource.
 */
export type FieldSet = ReadonlySet<string>;

const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  conditions: ["type"],
  containers: ["name"],
  env: ["name"],
  ephemeralContainers: ["name"],
  hostAliases: ["ip"],
  imagePullSecrets: ["name"],
  initContainers: ["name"],
  ownerReferences: ["uid"],
  secrets: ["name"],
  topologySpreadConstraints: ["topologyKey", "whenUnsatisfiable"],
  volumeDevices: ["devicePath"],
  volumeMounts: ["mountPath"],
  volumes: ["name"],
  webhooks: ["name"],
};

/** Defaults that the API server fills in before it looks at a merge key. */
const KEY_DEFAULTS: JsonObject = { protocol: "TCP", whenUnsatisfiable: "DoNotSchedule" };

const SEPARATOR = "\n";

/** Metadata that belongs to the server, so to no manager. */
const UNOWNED = new Set(
  ["name", "namespace", "generateName", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"]
    .concat(["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"])
    .map((field) => `f:metadata${SEPARATOR}f:${field}`),
);

/** The merge keys of a list by the name of its field; undefined for a list that is one field. */
function mergeKeys(field: string, list: readonly unknown[], granular: boolean): readonly string[] | undefined {
  if (!granular || !list.every(isObject)) return undefined;
  const first = asObject(list[0]);
  if (field === "ports") return "containerPort" in first ? ["containerPort", "protocol"] : portKeys(first);
  const keys = MERGE_KEYS[field];
  return keys?.every((key) => list.every((item) => key in asObject(item) || key in KEY_DEFAULTS)) ? keys : undefined;
}

function portKeys(first: JsonObject): readonly string[] | undefined {
  return "port" in first ? ["port", "protocol"] : undefined;
}

/** Each item of a list under the step that names it; undefined for a list that is one field. */
export function keyedItems(
  field: string,
  list: readonly unknown[],
  granular: boolean,
): Map<string, unknown> | undefined {
  if (field === "finalizers") return new Map(list.map((item) => [`v:${JSON.stringify(item)}`, item]));
  const keys = mergeKeys(field, list, granular);
  if (keys === undefined) return undefined;
  const named = list.map((item): [string, unknown] => {
    const key = Object.fromEntries(keys.map((name) => [name, asObject(item)[name] ?? KEY_DEFAULTS[name]]));
    return [`k:${JSON.stringify(key)}`, item];
  });
  return new Map(named);
}

/** Every field that the object has a value for, with that value. */
export function fieldsOf(object: JsonObject, granular: boolean): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    if (key !== "apiVersion" && key !== "kind") collect(value, `f:${key}`, { field: key, granular, found });
  }
  return found;
}

interface Collecting {
  readonly field: string;
  readonly granular: boolean;
  readonly found: Map<string, unknown>;
}

function collect(value: unknown, path: string, into: Collecting): void {
  if (UNOWNED.has(path) || value === undefined) return;
  if (isObject(value) && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) {
      collect(inner, `${path}${SEPARATOR}f:${key}`, { ...into, field: key });
    }
    return;
  }
  const items = Array.isArray(value) && value.length > 0 ? keyedItems(into.field, value, into.granular) : undefined;
  if (items === undefined) {
    into.found.set(path, value);
    return;
  }
  for (const [step, item] of items) collectItem(item, `${path}${SEPARATOR}${step}`, into);
}

function collectItem(item: unknown, path: string, into: Collecting): void {
  if (!isObject(item)) {
    into.found.set(path, item);
    return;
  }
  into.found.set(`${path}${SEPARATOR}.`, undefined);
  for (const [key, inner] of Object.entries(item)) {
    collect(inner, `${path}${SEPARATOR}f:${key}`, { ...into, field: key });
  }
}

/** The tree of `fieldsV1`. */
export function toFieldsV1(fields: FieldSet): JsonObject {
  const root: Record<string, unknown> = {};
  for (const path of fields) {
    let node = root;
    for (const step of path.split(SEPARATOR)) {
      const next = isObject(node[step]) ? (node[step] as Record<string, unknown>) : {};
      node[step] = next;
      node = next;
    }
  }
  return root;
}

const parsed = new WeakMap<JsonObject, FieldSet>();

export function fromFieldsV1(tree: JsonObject): FieldSet {
  const known = parsed.get(tree);
  if (known !== undefined) return known;
  const fields = new Set<string>();
  walk(tree, "", fields);
  parsed.set(tree, fields);
  return fields;
}

function walk(tree: JsonObject, prefix: string, into: Set<string>): void {
  for (const [step, inner] of Object.entries(tree)) {
    const path = prefix === "" ? step : `${prefix}${SEPARATOR}${step}`;
    const children = asObject(inner);
    if (Object.keys(children).length === 0) into.add(path);
    else walk(children, path, into);
  }
}

/** The object without the fields of `tree`, and without the maps and lists that this empties. */
export function removeFields(value: unknown, tree: JsonObject, at: { field: string; granular: boolean }): unknown {
  if (Array.isArray(value)) return removeItems(value, tree, at);
  if (!isObject(value)) return undefined;
  const copy: Record<string, unknown> = { ...value };
  for (const [step, inner] of Object.entries(tree)) {
    const key = step.slice(2);
    if (!(key in copy)) continue;
    const leaf = Object.keys(asObject(inner)).length === 0;
    const rest = leaf ? undefined : removeFields(copy[key], asObject(inner), { ...at, field: key });
    if (rest === undefined) delete copy[key];
    else copy[key] = rest;
  }
  return Object.keys(copy).length === 0 ? undefined : copy;
}

function removeItems(list: readonly unknown[], tree: JsonObject, at: { field: string; granular: boolean }): unknown {
  const items = keyedItems(at.field, asArray(list), at.granular);
  if (items === undefined) return undefined;
  const kept = [...items].flatMap(([step, item]) => {
    if (!(step in tree)) return [item];
    const inner = asObject(tree[step]);
    if ("." in inner || Object.keys(inner).length === 0) return [];
    const rest = removeFields(item, inner, at);
    return rest === undefined ? [] : [rest];
  });
  return kept.length === 0 ? undefined : kept;
}

/** `.spec.replicas`, `.spec.containers[name="a"].image`: a path as a conflict names it. */
export function describeField(path: string): string {
  return path
    .split(SEPARATOR)
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      if (step.startsWith("v:")) return `[=${step.slice(2)}]`;
      if (!step.startsWith("k:")) return "";
      const key = asObject(JSON.parse(step.slice(2)));
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    })
    .join("");
}
