import type { AlertInput } from "#alerts/alert";
import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { INDEX_TOO_LARGE } from "#blocks/index/capacity";
import { loadRoot } from "#blocks/index/root";
import { type MusterbookError, RetryableError, TerminalError } from "#fleet/errors";
import { enqueueBucket, listingOf } from "#functions/enqueue-buckets";
import type { CommonPorts } from "#functions/ports";

const HOUR = 3_600_000;
/** What the last listing knew is not believed for longer: a late upload and a lost event look the same. */
export const BELIEVED_MS = 2 * HOUR;
/** Full listings are due every six hours; four of them have not reached their ends. */
const FULL_BELIEVED_MS = 24 * HOUR;

/**
 * Of a bucket that is not in its index as a whole. Where there is no index at all, it is new: its first listing is asked for at
 * once, and not by the next schedule. One that takes longer than an index is believed, or is killed over and over, is told of.
 */
export async function sayIncomplete(ports: CommonPorts, url: string): Promise<void> {
  const { root, version } = await loadRoot(ports.indexes, url);
  if (version === null) {
    await enqueueBucket(ports, "listings.fifo", { url, because: "it has no index yet", at: "no index" });
  }
  const since = root.progress?.startedAt ?? root.listedAt;
  if (since !== null && ports.clock.now().getTime() - since > BELIEVED_MS) {
    const began = `a listing of all of ${url} began at ${timeOf(since)} and has not reached its end`;
    return sayOnce(ports, url, errorOf(url, began, UNENDING));
  }
  ports.log.info("the index of the bucket is not complete yet; nothing is judged", { bucket: url });
}

/** Of a bucket whose last listing, full or of the tail, is too old. */
export function sayNotListed(ports: CommonPorts, url: string, listedAt: number): Promise<void> {
  const began = `the last listing of ${url} that reached its end began at ${timeOf(listedAt)}`;
  const remedy = "Look at the log of list-bucket: every half hour a listing should reach its end.";
  return sayOnce(ports, url, errorOf(url, began, remedy));
}

/** Of a bucket of which tails are listed and never all: what has gone, or came late, is not known then. */
export function fullTooOld(url: string, fullAt: number, now: Date): readonly AlertInput[] {
  if (now.getTime() - fullAt <= FULL_BELIEVED_MS) return [];
  const began = `the last listing of all of ${url} that reached its end began at ${timeOf(fullAt)}`;
  return [listingFailed({ what: `${url}, all of it`, error: errorOf(url, began, UNENDING) })];
}

/** Of a bucket that there is not the memory for: whoever lists it finds the same, and nobody is killed for it. Throws any other error. */
export async function sayTooLarge(ports: CommonPorts, url: string, error: unknown): Promise<void> {
  if (!(error instanceof TerminalError) || error.reason !== INDEX_TOO_LARGE) throw error;
  await sayOnce(ports, url, error);
}

const UNENDING =
  "Look at the log of list-bucket: one that is killed over and over needs more memory (audit.memoryMb), one that stops and goes on needs time.";

/** Whoever cannot list says so itself, with its error; a listing that never comes says nothing. The next one that ends resolves it. */
async function sayOnce(ports: CommonPorts, url: string, error: MusterbookError): Promise<void> {
  const source = listingOf(url);
  if ((await ports.alertStates.firing(source)).length > 0) return;
  await syncAlerts(ports, source, [listingFailed({ what: url, error })]);
}

function errorOf(url: string, began: string, remedy: string): RetryableError {
  return new RetryableError(began, { reason: "listing-old", field: "bucket", value: url, remedy });
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
