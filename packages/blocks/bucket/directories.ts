import type { ListedFile } from "#blocks/block/block";
import { MARK_FILES } from "#blocks/block/marks";
import { isUlid } from "#blocks/block/ulid";
import type { Beside } from "#blocks/bucket/beside";
import type { ObjectEntry } from "#blocks/bucket/bucket";
import { addForeign, type ForeignKind, type ForeignObjects } from "#blocks/bucket/foreign";

/** What a listing tells of one block directory: its files by their path in it. */
export interface BlockDirectory {
  readonly ulid: string;
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** A stretch of a flat listing, by what it is. */
export interface Folded {
  /** In key order, so by creation time. */
  readonly directories: readonly BlockDirectory[];
  readonly beside: Beside;
}

export const META_FILE = "meta.json";
const WITH_ETAG = new Set([META_FILE, ...MARK_FILES]);

/**
 * Folds entries in key order, whole directories of them, into block directories. Other keys are counted by their kind, with a
 * few examples; the markers of directories that hold files are of no kind, and counted all the same.
 */
export function foldEntries(entries: readonly ObjectEntry[]): Folded {
  const fold: Fold = { byUlid: new Map(), markers: new Map(), foreign: new Map(), objects: 0, bytes: 0 };
  for (const entry of entries) addEntry(fold, entry);
  for (const entry of [...fold.markers.values()].flat()) addForeign(fold.foreign, entry);
  const { objects, bytes, foreign } = fold;
  return {
    directories: [...fold.byUlid].map(([ulid, files]) => ({ ulid, files })),
    beside: { objects, bytes, foreign: [...foreign.values()] },
  };
}

interface Fold {
  readonly byUlid: Map<string, Map<string, ListedFile>>;
  /** Of block directories without a file so far, by ULID. */
  readonly markers: Map<string, readonly ObjectEntry[]>;
  readonly foreign: Map<ForeignKind, ForeignObjects>;
  /** Those that are no file of a block, and their size. */
  objects: number;
  bytes: number;
}

function addEntry(fold: Fold, entry: ObjectEntry): void {
  const { ulid, path } = splitKey(entry.key);
  const isFile = path !== "" && !path.endsWith("/");
  if (isFile && isUlid(ulid)) addFile(fold, { ulid, path, entry });
  else addBeside(fold, ulid, entry);
}

interface BlockEntry {
  readonly ulid: string;
  readonly path: string;
  readonly entry: ObjectEntry;
}

function addFile({ byUlid, markers }: Fold, { ulid, path, entry }: BlockEntry): void {
  const { size, lastModified, etag, storageClass } = entry;
  const files = byUlid.get(ulid) ?? new Map<string, ListedFile>();
  byUlid.set(ulid, files);
  files.set(path, { size, lastModified, etag: WITH_ETAG.has(path) ? etag : "", storageClass });
  markers.delete(ulid);
}

function addBeside(fold: Fold, ulid: string, entry: ObjectEntry): void {
  const { byUlid, markers, foreign } = fold;
  fold.objects += 1;
  fold.bytes += entry.size;
  if (!isUlid(ulid) || !entry.key.includes("/")) addForeign(foreign, entry);
  else if (!byUlid.has(ulid)) markers.set(ulid, [...(markers.get(ulid) ?? []), entry]);
}

/** `<ULID>/<path>` in two; a key without a slash has an empty path. */
export function splitKey(key: string): { readonly ulid: string; readonly path: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { ulid: key, path: "" } : { ulid: key.slice(0, slash), path: key.slice(slash + 1) };
}
