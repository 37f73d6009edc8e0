import { isGoUlid, isUlid } from "#blocks/block/ulid";
import type { ObjectEntry } from "#blocks/bucket/bucket";

/**
 * Kinds of objects that belong to no block. `debug-meta`: copies of meta.json that old Thanos wrote and nobody deletes.
 * `shipper-state`: a file of the producer's disk. `phantom-block`: a directory that Go's `ulid.Parse` takes for a block and that
 * Thanos then looks for under another name, such as a ULID in lower case. `empty-directory`: the marker of a block
 * directory that holds no file. `other`: anything else.
 */
export const FOREIGN_KINDS = ["debug-meta", "shipper-state", "phantom-block", "empty-directory", "other"] as const;
export type ForeignKind = (typeof FOREIGN_KINDS)[number];

/** The objects of one kind: counted, and the first few named, so that a bucket full of them takes no memory. */
export interface ForeignObjects {
  readonly kind: ForeignKind;
  readonly objects: number;
  readonly bytes: number;
  /** Of the newest, ms. */
  readonly newest: number;
  /** Keys, the first ones of the listing. */
  readonly examples: readonly string[];
}

export const FOREIGN_EXAMPLES = 10;
const SHIPPER_STATE = "thanos.shipper.json";

/** Of a key that is no file of a block directory. */
export function foreignKind(key: string): ForeignKind {
  const slash = key.indexOf("/");
  const first = slash < 0 ? "" : key.slice(0, slash);
  if (isUlid(first)) return "empty-directory";
  if (isGoUlid(first)) return "phantom-block";
  if (key.startsWith("debug/metas/")) return "debug-meta";
  return key.slice(key.lastIndexOf("/") + 1) === SHIPPER_STATE ? "shipper-state" : "other";
}

/** Adds an object to those of its kind. */
export function addForeign(
  found: Map<ForeignKind, ForeignObjects>,
  { key, size, lastModified }: Pick<ObjectEntry, "key" | "size" | "lastModified">,
): void {
  const kind = foreignKind(key);
  const before = found.get(kind) ?? { kind, objects: 0, bytes: 0, newest: Number.NEGATIVE_INFINITY, examples: [] };
  found.set(kind, {
    kind,
    objects: before.objects + 1,
    bytes: before.bytes + size,
    newest: Math.max(before.newest, lastModified),
    examples: before.examples.length < FOREIGN_EXAMPLES ? [...before.examples, key] : before.examples,
  });
}

/** As `mergeBeside`. */
export function mergeForeign(a: readonly ForeignObjects[], b: readonly ForeignObjects[]): readonly ForeignObjects[] {
  const groups = Map.groupBy([...a, ...b], ({ kind }) => kind);
  return [...groups].map(([kind, found]) => ({
    kind,
    objects: found.reduce((sum, { objects }) => sum + objects, 0),
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
    newest: Math.max(...found.map(({ newest }) => newest)),
    examples: found.flatMap(({ examples }) => examples).slice(0, FOREIGN_EXAMPLES),
  }));
}
