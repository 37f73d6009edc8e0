import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { type Listing, listBucket } from "#blocks/read-bucket";
import { describeError } from "#fleet/errors";
import { onBuckets, type Turn } from "#functions/bucket-messages";
import { enqueueBucket, listingOf } from "#functions/enqueue-buckets";
import type { CommonPorts } from "#functions/ports";

/** Left of an invocation when a listing stops: enough to read and write what one page of it has shown. */
const MARGIN_MS = 90_000;

/**
 * Lists one bucket into its index. A listing that has not the time goes on at once, in an invocation of its own; what one that
 * reached its end has found is judged at once. A bucket that cannot be listed is an alert about us: the next schedule
 * tries again.
 */
export const listOne = onBuckets(async (turn, ports) => {
  const { url } = turn.config;
  const now = ports.clock.now().getTime();
  const listing = await list(turn, ports, now).catch(async (error: unknown) => {
    ports.log.error("bucket cannot be listed", { bucket: url, error: describeError(error) });
    await syncAlerts(ports, listingOf(url), [listingFailed({ what: url, error })]);
    return undefined;
  });
  if (listing === undefined) return;
  const { end, index } = listing;
  tell(ports, url, listing);
  if (end === "stopped") {
    const { after = "", startedAt } = index.root.progress ?? {};
    await enqueueBucket(ports, "listings.fifo", {
      url,
      because: `goes on after ${after}`,
      at: `${startedAt} ${after}`,
    });
  } else if (end !== "left") {
    await syncAlerts(ports, listingOf(url), []);
    await enqueueBucket(ports, "audits.fifo", { url, because: "it was listed", at: `listed ${now}` });
  }
});

async function list({ config, deadline, kept }: Turn, ports: CommonPorts, now: number): Promise<Listing> {
  const { bucket, indexes, clock } = ports;
  return listBucket({
    ...{ bucket: bucket(config), index: indexes, kept, listing: "due", now, headerShare: config.settings.headerShare },
    isTimeUp: () => clock.now().getTime() > deadline.getTime() - MARGIN_MS,
  });
}

function tell({ log }: CommonPorts, url: string, { end, requests, index }: Listing): void {
  const { missed, progress } = index.root;
  log.info("bucket listed", {
    ...{ bucket: url, end, lists: requests.list, gets: requests.get },
    ...(end === "full" ? { missedEvents: missed } : {}),
    ...(progress === null ? {} : { goesOnAfter: progress.after }),
  });
}
