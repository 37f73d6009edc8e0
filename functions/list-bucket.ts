import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { SPREAD_SIZES, type SpreadSizes } from "#blocks/index/spread";
import { type StretchTurn, unfinished } from "#blocks/index/stretch";
import { type Listing, listBucket, listBucketStretch } from "#blocks/read-bucket";
import { describeError } from "#fleet/errors";
import { onBuckets, type Turn } from "#functions/bucket-messages";
import { enqueueBucket, enqueueStretch, listingOf } from "#functions/enqueue-buckets";
import type { HandlerFactory } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** Left of an invocation when a listing stops: enough to read and write what one page of it has shown. */
const MARGIN_MS = 90_000;

/**
 * Lists one bucket into its index. A listing that has not the time goes on at once: in an invocation of its own, or, where it is
 * large, in several at a time. What one that reached its end has found is judged at once. A bucket that cannot be listed is an
 * alert about us: the next schedule tries again.
 */
export const listing = (spread: SpreadSizes): HandlerFactory<CommonPorts> =>
  onBuckets((turn, ports) =>
    turn.stretch === undefined ? listWhole(turn, ports, spread) : listStretch(turn, ports, turn.stretch),
  );

export const listOne = listing(SPREAD_SIZES);

async function listWhole(turn: Turn, ports: CommonPorts, spread: SpreadSizes): Promise<void> {
  const { url, settings } = turn.config;
  const now = ports.clock.now().getTime();
  const kind = { listing: "due", spread, headerShare: settings.headerShare } as const;
  const found = await orAlert(turn, ports, () => listBucket({ ...optionsOf(turn, ports, now), ...kind }));
  if (found === undefined) return;
  tell(ports, url, found);
  const { end, index } = found;
  if (end === "stopped") {
    const { after = "", startedAt } = index.root.progress ?? {};
    const at = `${startedAt} ${after}`;
    await enqueueBucket(ports, "listings.fifo", { url, because: `goes on after ${after}`, at });
  } else if (end === "spread") {
    const left = index.root.progress === null ? [] : await unfinished(index.place, index.root.progress);
    await Promise.all(left.map((stretch) => enqueueStretch(ports, url, stretch)));
  } else if (end !== "left") {
    await syncAlerts(ports, listingOf(url), []);
    await enqueueBucket(ports, "audits.fifo", { url, because: "it was listed", at: `listed ${now}` });
  }
}

/** Whoever finds that all stretches are done has the listing ended; where two find it, the second finds it ended. */
async function listStretch(turn: Turn, ports: CommonPorts, stretch: StretchTurn): Promise<void> {
  const { url } = turn.config;
  const now = ports.clock.now().getTime();
  const found = await orAlert(turn, ports, () => listBucketStretch({ ...optionsOf(turn, ports, now), ...stretch }));
  if (found === undefined) return;
  const { requests, ...reached } = found;
  ports.log.info("stretch of a bucket listed", {
    ...{ bucket: url, stretch: stretch.nth, ...reached, lists: requests.list, gets: requests.get },
  });
  if (reached.end === "stopped") await enqueueStretch(ports, url, { ...stretch, after: reached.after });
  if (reached.end === "done" && reached.areAllDone) {
    const at = `${stretch.startedAt} is listed`;
    await enqueueBucket(ports, "listings.fifo", { url, because: "all of it is listed", at });
  }
}

function optionsOf({ config, deadline, kept, mostBlocks }: Turn, { bucket, indexes, clock }: CommonPorts, now: number) {
  const isTimeUp = () => clock.now().getTime() > deadline.getTime() - MARGIN_MS;
  return { bucket: bucket(config), index: indexes, kept, mostBlocks, now, isTimeUp };
}

async function orAlert<T>({ config: { url } }: Turn, ports: CommonPorts, list: () => Promise<T>) {
  try {
    return await list();
  } catch (error) {
    ports.log.error("bucket cannot be listed", { bucket: url, error: describeError(error) });
    await syncAlerts(ports, listingOf(url), [listingFailed({ what: url, error })]);
    return undefined;
  }
}

function tell({ log }: CommonPorts, url: string, { end, requests, index }: Listing): void {
  const { missed, progress } = index.root;
  log.info("bucket listed", {
    ...{ bucket: url, end, lists: requests.list, gets: requests.get },
    ...(end === "full" ? { missedEvents: missed } : {}),
    ...(progress === null ? {} : { goesOnAfter: progress.after, stretches: progress.stretches?.length ?? 0 }),
  });
}
