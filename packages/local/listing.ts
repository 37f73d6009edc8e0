import type { ObjectEntry } from "#blocks/bucket";

/** Byte order of the whole UTF-8 key, as S3 lists; UTF-16 order differs from it beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export interface ListingOptions {
  readonly startAfter?: string;
  readonly prefix?: string;
}

/** What a listing with these options tells of `entries`, which are in key order. */
export function* pagesOf(
  entries: readonly ObjectEntry[],
  { startAfter, prefix = "" }: ListingOptions,
  pageSize: number,
): Generator<readonly ObjectEntry[]> {
  const listed = entries.filter(
    ({ key }) => key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0),
  );
  for (let from = 0; from < listed.length; from += pageSize) yield listed.slice(from, from + pageSize);
}
