import { alertsFromFindings, listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { judgeReading } from "#blocks/audit";
import type { AuditReport } from "#blocks/finding";
import { readIndex } from "#blocks/read-bucket";
import { RetryableError } from "#fleet/errors";
import { inTurn } from "#fleet/in-turn";
import { onBuckets } from "#functions/bucket-messages";
import { auditOf, listingOf } from "#functions/enqueue-buckets";
import type { CommonPorts } from "#functions/ports";
import { saveReport } from "#report/stored-report";

/** What the last listing knew is not believed for longer: a late upload and a lost event look the same. */
const BELIEVED_MS = 2 * 3_600_000;

/**
 * Judges one bucket from its index, and is the only one that does. Of a bucket that was not listed to its end yet it says nothing;
 * of one whose last listing is too old, that it knows nothing: what it said before stands, alerts and report. Alerts first: a
 * report that cannot be stored holds up none, and the next turn of the bucket brings both in order.
 */
export const auditBucket = onBuckets(async ({ config: { url, endpoint, settings, recordedAt }, kept }, ports) => {
  const reading = await readIndex({ url, index: ports.indexes, kept });
  if (reading?.index == null) {
    ports.log.info("the index of the bucket is not complete yet; nothing is judged", { bucket: url });
    return;
  }
  const now = ports.clock.now();
  const { listedAt } = reading.index;
  if (now.getTime() - listedAt > BELIEVED_MS) return sayNotListed(ports, url, listedAt);
  const at = recordedAt === undefined ? now : new Date(recordedAt);
  const report = await judgeReading({ url, endpoint, reading, settings, now: at });
  const { alerts, explained } = alertsFromFindings(report);
  await inTurn(
    () => syncAlerts(ports, auditOf(url), alerts, explained),
    () => keepReport(ports, report),
  );
});

async function keepReport({ reports, log }: CommonPorts, report: AuditReport): Promise<void> {
  const { url, now } = report;
  if ((await saveReport(reports, report)) === "saved") return;
  log.info("a newer judgement of the bucket is stored already; its report stands", { bucket: url, now });
}

/** Whoever cannot list says so itself, with its error; a listing that never comes says nothing. The next one that ends resolves it. */
async function sayNotListed(ports: CommonPorts, url: string, listedAt: number): Promise<void> {
  const source = listingOf(url);
  if ((await ports.alertStates.firing(source)).length > 0) return;
  const error = new RetryableError(
    `the last listing of ${url} that reached its end began at ${new Date(listedAt).toISOString()}`,
    {
      reason: "listing-old",
      field: "bucket",
      value: url,
      remedy: "Look at the log of list-bucket: every half hour a listing should reach its end.",
    },
  );
  await syncAlerts(ports, source, [listingFailed({ what: url, error })]);
}
