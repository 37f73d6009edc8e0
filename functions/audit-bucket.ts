import * as v from "valibot";
import { alertsFromFindings, listingFailed } from "#alerts/from-finding";
import { retireSources, syncAlerts } from "#alerts/sync";
import { judgeReading } from "#blocks/audit";
import type { AuditReport } from "#blocks/finding";
import { type KeptIndexes, keptIndexes } from "#blocks/index/kept";
import { type BucketReading, LISTING_MODES, type ListingMode, readIndexed } from "#blocks/read-bucket";
import type { BucketConfig } from "#config/fleet-config";
import { describeError, RetryableError } from "#fleet/errors";
import { type HandlerFactory, onTick } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** What the schedules of the wiring say. Anything else is a tick, which can do no harm. */
const Input = v.fallback(v.object({ mode: v.picklist(LISTING_MODES) }), { mode: "tick" });

/** What the last listing knew is not believed for longer: a late upload and a lost event look the same. */
const BELIEVED_MS = 2 * 3_600_000;
/** Left of an invocation when a listing stops: enough to read and write what one page of it has shown. */
const MARGIN_MS = 90_000;
/** Of decoded indexes from one invocation to the next, about: a quarter of the function's memory, and 200,000 blocks. */
const KEPT_BYTES = 512 * 2 ** 20;

interface Run {
  readonly mode: ListingMode;
  readonly deadline: Date;
  readonly kept: KeptIndexes;
}

/**
 * Every bucket is judged by itself, from its index: after a listing of all of it (`full`) or of what is new (`tail`), or without
 * one (`tick`). What has not changed of an index since the last invocation is not read again. One that cannot be listed
 * is an alert about us, and its own alerts stay as they are. Those of a bucket that is audited no more are resolved. What
 * cannot be recorded of one is thrown after all others.
 */
export const auditBuckets: HandlerFactory<CommonPorts> = (ports) => {
  const kept = keptIndexes(KEPT_BYTES);
  return onTick<CommonPorts>((own, deadline, event) => auditAll(own, { ...v.parse(Input, event), deadline, kept }))(
    ports,
  );
};

async function auditAll(ports: CommonPorts, run: Run): Promise<void> {
  const errors: unknown[] = [];
  for (const config of ports.config.buckets) {
    await auditOne(config, ports, run).catch((error: unknown) => {
      ports.log.error("what a bucket shows could not be recorded", { bucket: config.url, error: describeError(error) });
      errors.push(error);
    });
  }
  const asked = new Set(ports.config.buckets.flatMap(({ url }) => [auditOf(url), listingOf(url)]));
  const mine = [auditOf(""), listingOf("")];
  await retireSources(ports, (source) => mine.some((kind) => source.startsWith(kind)) && !asked.has(source));
  if (errors.length > 0) throw errors[0];
}

const auditOf = (url: string) => `audit:${url}`;
const listingOf = (url: string) => `listing:${url}`;

async function auditOne(config: BucketConfig, ports: CommonPorts, run: Run): Promise<void> {
  const blind = listingOf(config.url);
  const report = await judge(config, ports, run).catch(async (error: unknown) => {
    ports.log.error("bucket could not be judged; its alerts stay as they are", {
      bucket: config.url,
      mode: run.mode,
      error: describeError(error),
    });
    await syncAlerts(ports, blind, [listingFailed({ what: config.url, error })]);
    return undefined;
  });
  if (report === undefined) return;
  const { alerts, explained } = alertsFromFindings(report);
  await syncAlerts(ports, auditOf(config.url), alerts, explained);
  // Only a listing shows that the bucket can be listed again.
  if (run.mode !== "tick") await syncAlerts(ports, blind, []);
}

/** Undefined while the index holds no whole bucket: the next listing goes on with it. */
async function judge(
  config: BucketConfig,
  ports: CommonPorts,
  { mode, deadline, kept }: Run,
): Promise<AuditReport | undefined> {
  const { url, settings } = config;
  const begun = ports.clock.now().getTime();
  const bucket = ports.bucket(config);
  const reading = await readIndexed({
    ...{ bucket, index: ports.indexes, mode, now: begun, kept, headerShare: settings.headerShare },
    isTimeUp: () => ports.clock.now().getTime() > deadline.getTime() - MARGIN_MS,
  });
  if (reading === undefined) {
    ports.log.info("the index of the bucket is not complete yet; nothing is judged", { bucket: url, mode });
    return undefined;
  }
  if (mode !== "tick") tellListing(ports, { url, mode, reading });
  // A listing takes minutes, and ends with the newest blocks: as of its begin it would take back what a tick has said meanwhile.
  const now = ports.clock.now();
  if (reading.index !== null && now.getTime() - reading.index.listedAt > BELIEVED_MS)
    throw notListed(url, reading.index.listedAt);
  const at = config.recordedAt === undefined ? now : new Date(config.recordedAt);
  return judgeReading({ url, endpoint: bucket.endpoint, reading, settings, now: at });
}

function tellListing(
  { log }: CommonPorts,
  { url, mode, reading }: { readonly url: string; readonly mode: ListingMode; readonly reading: BucketReading },
): void {
  const { blocks, objects, requests, index } = reading;
  log.info("bucket listed", {
    ...{ bucket: url, mode, blocks: blocks.length, objects, lists: requests.list, gets: requests.get },
    missedEvents: index?.missed ?? null,
  });
}

function notListed(url: string, listedAt: number): RetryableError {
  return new RetryableError(
    `the last listing of ${url} that reached its end began at ${new Date(listedAt).toISOString()}`,
    {
      reason: "listing-old",
      field: "bucket",
      value: url,
      remedy: "Look at the logs of audit-tail and audit-full: every half hour a listing should reach its end.",
    },
  );
}
