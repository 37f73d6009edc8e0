import { alertsFromFindings, listingFailed } from "#alerts/from-finding";
import { retireSources, syncAlerts } from "#alerts/sync";
import { auditBucket } from "#blocks/audit";
import type { BucketConfig } from "#config/fleet-config";
import { describeError } from "#fleet/errors";
import { onTick } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/**
 * Every bucket is judged by itself; one that cannot be listed is an alert about us, and its own alerts stay as they are.
 * Those of a bucket that is audited no more are resolved. What cannot be recorded of one is thrown after all others.
 */
export const auditBuckets = onTick<CommonPorts>(async (ports) => {
  const errors: unknown[] = [];
  for (const config of ports.config.buckets) {
    await auditOne(config, ports).catch((error: unknown) => {
      ports.log.error("what a bucket shows could not be recorded", { bucket: config.url, error: describeError(error) });
      errors.push(error);
    });
  }
  const asked = new Set(ports.config.buckets.flatMap(({ url }) => [auditOf(url), listingOf(url)]));
  const mine = [auditOf(""), listingOf("")];
  await retireSources(ports, (source) => mine.some((kind) => source.startsWith(kind)) && !asked.has(source));
  if (errors.length > 0) throw errors[0];
});

const auditOf = (url: string) => `audit:${url}`;
const listingOf = (url: string) => `listing:${url}`;

async function auditOne(config: BucketConfig, ports: CommonPorts): Promise<void> {
  const blind = listingOf(config.url);
  const report = await judge(config, ports).catch(async (error: unknown) => {
    ports.log.error("bucket could not be judged; its alerts stay as they are", {
      bucket: config.url,
      error: describeError(error),
    });
    await syncAlerts(ports, blind, [listingFailed({ what: config.url, error })]);
    return undefined;
  });
  if (report === undefined) return;
  await syncAlerts(ports, auditOf(config.url), alertsFromFindings(report));
  await syncAlerts(ports, blind, []);
}

// Asynchronous for a bucket that cannot even be opened, as by a URL that is none.
async function judge(config: BucketConfig, ports: CommonPorts) {
  const now = config.recordedAt === undefined ? ports.clock.now() : new Date(config.recordedAt);
  return auditBucket({ bucket: ports.bucket(config), settings: config.settings, now, index: ports.indexes });
}
