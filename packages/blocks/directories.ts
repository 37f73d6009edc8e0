import type { ObjectEntry } from "#blocks/bucket";
import { MARK_FILES } from "#blocks/marks";
import { isUlid } from "#blocks/ulid";

/** One object of a block directory. */
export interface ListedFile {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  /** Of the small JSON files only; empty for all others. */
  readonly etag: string;
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
}

export const META_FILE = "meta.json";
const WITH_ETAG = new Set([META_FILE, ...MARK_FILES]);

/**
 * Folds a flat listing into block directories. Keys outside of a strict ULID directory are counted and otherwise passed
 * over, as are directory markers. An error of the listing is thrown on, with nothing judged: half a listing would show
 * whole blocks as broken ones.
 */
export async function foldListing(
  pages: AsyncIterable<readonly ObjectEntry[]>,
  onPage?: (objects: number) => void,
): Promise<BucketListing> {
  const byUlid = new Map<string, Map<string, ListedFile>>();
  let objects = 0;
  let bytes = 0;
  for await (const page of pages) {
    for (const entry of page) {
      bytes += entry.size;
      addEntry(byUlid, entry);
    }
    objects += page.length;
    onPage?.(objects);
  }
  return { directories: [...byUlid].map(([ulid, files]) => ({ ulid, files })), objects, bytes };
}

function addEntry(byUlid: Map<string, Map<string, ListedFile>>, { key, size, lastModified, etag }: ObjectEntry): void {
  const { ulid, path } = splitKey(key);
  if (!isUlid(ulid) || path === "" || path.endsWith("/")) return;
  const files = byUlid.get(ulid) ?? new Map<string, ListedFile>();
  byUlid.set(ulid, files);
  files.set(path, { size, lastModified, etag: WITH_ETAG.has(path) ? etag : "" });
}

/** `<ULID>/<path>` in two; a key without a slash has an empty path. */
export function splitKey(key: string): { readonly ulid: string; readonly path: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { ulid: key, path: "" } : { ulid: key.slice(0, slash), path: key.slice(slash + 1) };
}
