import { alertsFromFindings } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { judgeReading } from "#blocks/audit";
import type { AuditReport } from "#blocks/finding";
import { readIndex } from "#blocks/read-bucket";
import { inTurn } from "#fleet/in-turn";
import { onBuckets, type Turn } from "#functions/bucket-messages";
import { auditOf } from "#functions/enqueue-buckets";
import { BELIEVED_MS, fullTooOld, sayIncomplete, sayNotListed, sayTooLarge } from "#functions/not-listed";
import type { CommonPorts } from "#functions/ports";
import { saveReport } from "#report/stored-report";

/**
 * Judges one bucket from its index, and is the only one that does. Of a bucket that was not listed to its end yet it says nothing;
 * of one whose last listing is too old, that it knows nothing: what it said before stands, alerts and report. Alerts first: a
 * report that cannot be stored holds up none, and the next turn of the bucket brings both in order.
 */
export const auditBucket = onBuckets((turn, ports) =>
  audit(turn, ports).catch((error: unknown) => sayTooLarge(ports, turn.config.url, error)),
);

async function audit({ config, kept, mostBlocks }: Turn, ports: CommonPorts): Promise<void> {
  const { url, endpoint, settings, recordedAt } = config;
  const reading = await readIndex({ url, index: ports.indexes, kept, mostBlocks });
  if (reading?.index == null) return sayIncomplete(ports, url);
  const now = ports.clock.now();
  const { listedAt, fullAt } = reading.index;
  if (now.getTime() - listedAt > BELIEVED_MS) return sayNotListed(ports, url, listedAt);
  const at = recordedAt === undefined ? now : new Date(recordedAt);
  const report = await judgeReading({ url, endpoint, reading, settings, now: at });
  const { alerts, explained } = alertsFromFindings(report);
  await inTurn(
    () => syncAlerts(ports, auditOf(url), [...alerts, ...fullTooOld(url, fullAt, now)], explained),
    () => keepReport(ports, report),
  );
}

async function keepReport({ reports, log }: CommonPorts, report: AuditReport): Promise<void> {
  const { url, now } = report;
  if ((await saveReport(reports, report)) === "saved") return;
  log.info("a newer judgement of the bucket is stored already; its report stands", { bucket: url, now });
}
