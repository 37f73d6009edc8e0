import type { Block } from "#blocks/block/block";

const HOUR = 3_600_000;
const FILES_LISTED = 100;

/** The compactor deletes a directory without a usable meta.json this long after its newest write (thanos pkg/compact/clean.go). */
export const PARTIAL_DELETED_AFTER = 48 * HOUR;

/** `LastModified` of the newest object of a block directory, ms. */
export function newestWrite({ files }: Block): number {
  return files.values().reduce((newest, { lastModified }) => Math.max(newest, lastModified), 0);
}

/** What there is of a block, for its evidence. */
export function listedFiles({ ulid, files }: Block): readonly { readonly object: string; readonly bytes: number }[] {
  return [...files].slice(0, FILES_LISTED).map(([path, { size }]) => ({ object: `${ulid}/${path}`, bytes: size }));
}
