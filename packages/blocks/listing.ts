import type { ObjectEntry } from "#blocks/bucket";
import { TerminalError } from "#fleet/errors";

/** Byte order of the whole UTF-8 key, as S3 lists; the order of UTF-16 units differs from it beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** How much of a bucket is listed. */
export interface ListOptions {
  readonly startAfter?: string;
  readonly prefix?: string;
}

/** What a listing with these options tells of `entries`, which are in key order. */
export function* pagesOf(
  entries: readonly ObjectEntry[],
  { startAfter, prefix = "" }: ListOptions,
  pageSize: number,
): Generator<readonly ObjectEntry[]> {
  const listed = entries.filter(
    ({ key }) => key.startsWith(prefix) && (startAfter === undefined || compareKeys(key, startAfter) > 0),
  );
  for (let from = 0; from < listed.length; from += pageSize) yield listed.slice(from, from + pageSize);
}

/** What every bucket throws for an object above `maxBytes`. */
export function tooLarge(url: string, key: string, size: number, maxBytes: number): TerminalError {
  return new TerminalError(`${url}: ${key} has ${size} bytes; no more than ${maxBytes} are read of such an object`, {
    reason: "object-too-large",
    field: key,
    value: size,
    remedy: "Look at the object: it is not what its name says, or was replaced.",
  });
}
