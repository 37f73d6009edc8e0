import { RetryableError } from "#fleet/errors";

/** One page of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Token of the next page, from the answer and never from the request; nothing (or empty text) at the end. */
  readonly next: string | undefined;
}

/**
 * The items of all pages, or an error: never a part. RetryableError `paging` when a token comes again, which would
 * never end.
 */
export async function allPages<T>(
  what: string,
  page: (token: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const { items: some, next } = await page(token);
    items.push(...some);
    token = next === "" ? undefined : next;
    if (token !== undefined && tokens.has(token)) throw endless(what, token);
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
  return items;
}

function endless(what: string, token: string): RetryableError {
  return new RetryableError(`${what}: AWS repeats the token of a page`, {
    reason: "paging",
    field: "nextToken",
    value: token,
    remedy: "Nothing to do at first: the listing is begun anew. If it stays, it is AWS's fault.",
  });
}
