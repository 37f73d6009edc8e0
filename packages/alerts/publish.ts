import pMap from "p-map";
import type { AlertRecord } from "#alerts/alert";
import { changeRecord } from "#alerts/change";
import { alertEvent } from "#alerts/cloud-event";
import type { AlertPorts } from "#alerts/ports";
import { worstOf } from "#alerts/state";
import { describeError, RetryableError } from "#fleet/errors";
import { messagingId } from "#fleet/message-limits";

/** The one public topic. */
export const TOPIC = "musterbook-alerts";

const PARALLEL = 8;
/** Whoever records a transition publishes it within this time, or has died. */
const OWN_MS = 60_000;

/**
 * Publishes the last transition of every record that has not reached the topic, at least once each: a crash between
 * publishing and marking publishes the same event id again. What somebody may be publishing right now is left to him. One
 * failure never holds up the others; then RetryableError.
 */
export async function publishPending(ports: AlertPorts, limit: number): Promise<void> {
  const before = ports.clock.now().getTime() - OWN_MS;
  const owed = (await ports.alertStates.unpublished(limit)).filter(({ changedAt }) => Date.parse(changedAt) <= before);
  const failed = await publishRecords(ports, owed);
  if (failed.length === 0) return;
  throw new RetryableError(`${failed.length} alerts could not be published: ${describeError(failed[0])}`, {
    reason: "publish-failed",
    remedy: `Look at the permissions and the size limit of the topic ${TOPIC}; the alerts stay recorded and are tried again.`,
    cause: failed[0],
  });
}

/** Publishes and marks; returns the errors, each logged with its alert. */
export async function publishRecords(ports: AlertPorts, records: readonly AlertRecord[]): Promise<readonly unknown[]> {
  const results = await pMap(records, (record) => tryPublish(ports, record), { concurrency: PARALLEL });
  return results.flat();
}

async function tryPublish(ports: AlertPorts, record: AlertRecord): Promise<readonly unknown[]> {
  try {
    await publishRecord(ports, record);
    return [];
  } catch (error) {
    const { fingerprint, alert } = record;
    ports.log.warn("alert not published; the next tick tries again", {
      alert: alert.id,
      fingerprint,
      error: describeError(error),
    });
    return [error];
  }
}

async function publishRecord(ports: AlertPorts, record: AlertRecord): Promise<void> {
  const event = alertEvent(record);
  const { status, cluster, dedupkey, data } = event;
  await ports.topics.publish(TOPIC, {
    message: JSON.stringify(event),
    // What subscriptions filter by: of an alert that has become less, who heard of it must hear so, and its end.
    attributes: { severity: worstOf(record), status, cluster, id: data.id, transition: data.transition, dedupkey },
    groupId: messagingId(cluster),
  });
  await changeRecord(ports, record.fingerprint, (stored) => {
    if (stored === undefined || stored.publishedSequence >= record.sequence) return "unchanged";
    return { ...stored, publishedSequence: record.sequence };
  });
}
