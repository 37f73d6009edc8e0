import type { AlertRecord } from "#alerts/alert";
import { expiryAfter } from "#fleet/expiry";

/**
 * When an alert's record may go, in seconds since the epoch: 90 days after it was resolved. Undefined, never: it
 * fires, or its last transition has not reached the topic.
 */
export function alertExpiry({ status, sequence, publishedSequence, changedAt }: AlertRecord): number | undefined {
  return status === "resolved" && publishedSequence >= sequence ? expiryAfter(changedAt) : undefined;
}
