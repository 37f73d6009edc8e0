import type { ObjectEntry } from "#blocks/bucket";
import { addForeign, type ForeignKind, type ForeignObjects } from "#blocks/foreign";
import { MARK_FILES } from "#blocks/marks";
import { isUlid } from "#blocks/ulid";

/** One object of a block directory. */
export interface ListedFile {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  /** Of the small JSON files only; empty for all others. */
  readonly etag: string;
  /** `STANDARD`, `GLACIER`, ...: as the listing says. */
  readonly storageClass: string;
}

/** What a listing tells of one block directory: its files by their path in it. */
export interface BlockDirectory {
  readonly ulid: string;
  readonly files: ReadonlyMap<string, ListedFile>;
}

export interface BucketListing {
  /** In key order, so by creation time. */
  readonly directories: readonly BlockDirectory[];
  /** Of the whole bucket, blocks or not. */
  readonly objects: number;
  readonly bytes: number;
  /** What belongs to no block, by its kind. */
  readonly foreign: readonly ForeignObjects[];
}

export const META_FILE = "meta.json";
const WITH_ETAG = new Set([META_FILE, ...MARK_FILES]);

/**
 * Folds a flat listing into block directories. Other keys are counted by their kind, with a few examples; the markers of
 * directories that hold files are passed over. An error of the listing is thrown on, with nothing judged: half a
 * listing would show whole blocks as broken ones.
 */
export async function foldListing(
  pages: AsyncIterable<readonly ObjectEntry[]>,
  onPage?: (objects: number) => void,
): Promise<BucketListing> {
  const fold: Fold = { byUlid: new Map(), markers: new Map(), foreign: new Map() };
  let objects = 0;
  let bytes = 0;
  for await (const page of pages) {
    for (const entry of page) {
      bytes += entry.size;
      addEntry(fold, entry);
    }
    objects += page.length;
    onPage?.(objects);
  }
  for (const entry of [...fold.markers.values()].flat()) addForeign(fold.foreign, entry);
  return {
    directories: [...fold.byUlid].map(([ulid, files]) => ({ ulid, files })),
    objects,
    bytes,
    foreign: [...fold.foreign.values()],
  };
}

interface Fold {
  readonly byUlid: Map<string, Map<string, ListedFile>>;
  /** Of block directories without a file so far, by ULID. */
  readonly markers: Map<string, readonly ObjectEntry[]>;
  readonly foreign: Map<ForeignKind, ForeignObjects>;
}

function addEntry({ byUlid, markers, foreign }: Fold, entry: ObjectEntry): void {
  const { key, size, lastModified, etag, storageClass } = entry;
  const { ulid, path } = splitKey(key);
  if (!isUlid(ulid) || !key.includes("/")) {
    addForeign(foreign, entry);
    return;
  }
  const known = byUlid.get(ulid);
  if (path === "" || path.endsWith("/")) {
    if (known === undefined) markers.set(ulid, [...(markers.get(ulid) ?? []), entry]);
    return;
  }
  markers.delete(ulid);
  const files = known ?? new Map<string, ListedFile>();
  byUlid.set(ulid, files);
  files.set(path, { size, lastModified, etag: WITH_ETAG.has(path) ? etag : "", storageClass });
}

/** `<ULID>/<path>` in two; a key without a slash has an empty path. */
export function splitKey(key: string): { readonly ulid: string; readonly path: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { ulid: key, path: "" } : { ulid: key.slice(0, slash), path: key.slice(slash + 1) };
}
