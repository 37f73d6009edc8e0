import type * as v from "valibot";

type Node = unknown;

function hasKey<K extends string>(value: Node, key: K): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && key in value;
}

/** The names that a schema's object knows at a path; empty where there is no object with fixed names. */
export function fieldNames(schema: v.GenericSchema, path: readonly (string | number)[]): readonly string[] {
  const node = path.reduce<Node>((current, step) => child(unwrapped(current), step), schema);
  const object = unwrapped(node);
  return hasKey(object, "entries") && typeof object.entries === "object" ? Object.keys(object.entries ?? {}) : [];
}

/** Optional and nullable schemas hold the one that they wrap. */
function unwrapped(node: Node): Node {
  return hasKey(node, "wrapped") ? unwrapped(node.wrapped) : node;
}

function child(node: Node, step: string | number): Node {
  if (typeof step === "number") return hasKey(node, "item") ? node.item : undefined;
  return hasKey(node, "entries") && hasKey(node.entries, step) ? node.entries[step] : undefined;
}
