import type { ClusterRecord } from "#fleet/record";

const DAY_SECONDS = 86_400;

/** For how long one can still look up what has ended: longer than anybody's quarter. */
export const KEPT_DAYS = 90;

/** The end of the 90 days that begin at `at` (RFC 3339): seconds since the epoch, as a time to live is counted. */
export function expiryAfter(at: string): number {
  return Math.ceil(Date.parse(at) / 1000) + KEPT_DAYS * DAY_SECONDS;
}

/**
 * When a cluster's record may go, in seconds since the epoch: 90 days after the last word on a cluster that is removed.
 * Undefined, never: it is there, a look at it is due, or its endpoint is still to be listed.
 */
export function clusterExpiry({ phase, lookAt, endpoint, updatedAt }: ClusterRecord): number | undefined {
  if (phase !== "removed" || lookAt !== null || endpoint?.state === "listed") return undefined;
  return expiryAfter(updatedAt);
}

/** Whether a record with that expiry counts as gone, whether or not its store has deleted it yet. */
export function isExpired(expiry: number | undefined, now: Date): boolean {
  return expiry !== undefined && expiry * 1000 <= now.getTime();
}
