import { alertsFromFindings } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { judgeReading } from "#blocks/audit";
import { readIndex } from "#blocks/read-bucket";
import { onBuckets } from "#functions/bucket-messages";
import { auditOf } from "#functions/enqueue-buckets";
import { BELIEVED_MS, fullTooOld, sayIncomplete, sayNotListed } from "#functions/not-listed";

/**
 * Judges one bucket from its index, and is the only one that does. Of a bucket that was not listed to its end yet it says nothing;
 * of one whose last listing is too old, that it knows nothing: what it said before stands.
 */
export const auditBucket = onBuckets(async ({ config: { url, endpoint, settings, recordedAt }, kept }, ports) => {
  const reading = await readIndex({ url, index: ports.indexes, kept });
  if (reading?.index == null) return sayIncomplete(ports, url);
  const now = ports.clock.now();
  const { listedAt, fullAt } = reading.index;
  if (now.getTime() - listedAt > BELIEVED_MS) return sayNotListed(ports, url, listedAt);
  const at = recordedAt === undefined ? now : new Date(recordedAt);
  const { alerts, explained } = alertsFromFindings(await judgeReading({ url, endpoint, reading, settings, now: at }));
  await syncAlerts(ports, auditOf(url), [...alerts, ...fullTooOld(url, fullAt, now)], explained);
});
