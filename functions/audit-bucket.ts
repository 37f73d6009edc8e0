import { alertsFromFindings, listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { auditBucket } from "#blocks/audit";
import type { BucketConfig } from "#config/fleet-config";
import { describeError } from "#fleet/errors";
import { onTick } from "#functions/lambda";
import type { Ports } from "#functions/ports";

/** Every bucket is judged by itself; one that cannot be listed is an alert about us, and its own alerts stay as they are. */
export const auditBuckets = onTick(async (ports) => {
  for (const config of ports.config.buckets) await auditOne(config, ports);
});

async function auditOne(config: BucketConfig, ports: Ports): Promise<void> {
  const blind = `listing:${config.url}`;
  const report = await judge(config, ports).catch(async (error: unknown) => {
    ports.log.error("bucket could not be judged; its alerts stay as they are", {
      bucket: config.url,
      error: describeError(error),
    });
    await syncAlerts(ports, blind, [listingFailed({ what: config.url, error })]);
    return undefined;
  });
  if (report === undefined) return;
  await syncAlerts(ports, `audit:${config.url}`, alertsFromFindings(report));
  await syncAlerts(ports, blind, []);
}

function judge(config: BucketConfig, ports: Ports) {
  const now = config.recordedAt === undefined ? ports.clock.now() : new Date(config.recordedAt);
  return auditBucket({ bucket: ports.bucket(config), settings: config.settings, now, index: ports.indexes });
}
