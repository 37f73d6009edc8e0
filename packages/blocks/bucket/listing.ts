import type { ObjectEntry } from "#blocks/bucket/bucket";
import { TerminalError } from "#fleet/errors";

/** Below it the order of UTF-16 units is that of UTF-8 bytes. */
const SURROGATES = 0xd800;

/** Byte order of the whole UTF-8 key, as S3 lists; the order of UTF-16 units differs from it beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    if (one < SURROGATES && other < SURROGATES) return one - other;
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a.length - b.length;
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
