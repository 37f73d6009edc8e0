import { badRequest } from "#local/kubernetes/failure";
import { keyedItems } from "#local/kubernetes/fields";
import { asObject, isObject, type JsonObject, sameJson } from "#local/kubernetes/json";

export type PatchType = "json" | "merge" | "strategic" | "apply";

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/apply-patch+yaml": "apply",
  "application/apply-patch+cbor": "apply",
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};

export function patchTypeOf(contentType: string): PatchType | undefined {
  return PATCH_TYPES[contentType.split(";")[0]?.trim() ?? ""];
}

/** RFC 7386; a strategic patch besides merges lists by their keys and honours `$patch: delete` and `$patch: replace`. */
export function patched(object: JsonObject, patch: unknown, type: Exclude<PatchType, "apply">): JsonObject {
  if (type === "json") return asObject(jsonPatched(object, patch));
  return asObject(mergePatched(object, patch, { field: "", strategic: type === "strategic" }));
}

function mergePatched(target: unknown, patch: unknown, at: { field: string; strategic: boolean }): unknown {
  if (at.strategic && Array.isArray(patch)) return mergeLists(target, patch, at);
  if (!isObject(patch)) return patch;
  const replace = at.strategic && patch.$patch === "replace";
  const result: Record<string, unknown> = isObject(target) && !replace ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (at.strategic && key.startsWith("$")) continue;
    if (value === null) delete result[key];
    else result[key] = mergePatched(result[key], value, { ...at, field: key });
  }
  return result;
}

function mergeLists(target: unknown, patch: readonly unknown[], at: { field: string; strategic: boolean }): unknown {
  const wanted = keyedItems(at.field, patch, true);
  const live = Array.isArray(target) ? keyedItems(at.field, target, true) : undefined;
  if (wanted === undefined || live === undefined) return patch;
  const result = new Map(live);
  for (const [step, item] of wanted) {
    if (asObject(item).$patch === "delete") result.delete(step);
    else result.set(step, mergePatched(live.get(step), item, at));
  }
  return [...result.values()];
}

/** RFC 6902. KubeFailure 400 when a path or a test does not hold. */
function jsonPatched(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  return patch.filter(isObject).reduce<unknown>(operate, target);
}

function operate(target: unknown, operation: JsonObject): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return edit(target, path, { kind: "add", value: operation.value });
    case "replace":
      return edit(target, path, { kind: "replace", value: operation.value });
    case "remove":
      return edit(target, path, { kind: "remove" });
    case "copy":
      return edit(target, path, { kind: "add", value: read(target, pointer(operation.from)) });
    case "move": {
      const from = pointer(operation.from);
      return edit(edit(target, from, { kind: "remove" }), path, { kind: "add", value: read(target, from) });
    }
    case "test":
      if (!sameJson(read(target, path), operation.value)) throw badRequest(`test failed at ${operation.path}`);
      return target;
    default:
      throw badRequest(`unknown operation ${String(operation.op)}`);
  }
}

type Edit = { readonly kind: "add" | "replace"; readonly value: unknown } | { readonly kind: "remove" };

function pointer(text: unknown): readonly string[] {
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/")))
    throw badRequest(`no JSON pointer: ${String(text)}`);
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(target: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => {
    const inner = Array.isArray(value) ? value[Number(step)] : asObject(value)[step];
    if (inner === undefined) throw badRequest(`no value at ${step}`);
    return inner;
  }, target);
}

function edit(target: unknown, path: readonly string[], change: Edit): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change.kind === "remove" ? undefined : change.value;
  const inner = rest.length === 0 ? undefined : edit(read(target, [step]), rest, change);
  if (Array.isArray(target))
    return editList(target, step, rest.length === 0 ? change : { kind: "replace", value: inner });
  const copy: Record<string, unknown> = { ...asObject(target) };
  if (rest.length > 0) copy[step] = inner;
  else if (change.kind === "add") copy[step] = change.value;
  else if (!(step in copy)) throw badRequest(`no value at ${step}`);
  else if (change.kind === "replace") copy[step] = change.value;
  else delete copy[step];
  return copy;
}

function editList(list: readonly unknown[], step: string, change: Edit): readonly unknown[] {
  const index = step === "-" ? list.length : Number(step);
  const limit = change.kind === "add" ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > limit) throw badRequest(`no item ${step}`);
  if (change.kind === "add") return list.toSpliced(index, 0, change.value);
  return change.kind === "remove" ? list.toSpliced(index, 1) : list.with(index, change.value);
}
