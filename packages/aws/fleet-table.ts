/**
 * The one DynamoDB table: clusters, alert state, heartbeats. Data only: what a stack or a test needs to make it.
 * All keys and sort keys of indexes are strings.
 */
export const FLEET_TABLE = {
  /** What kind of record it is: one of `kinds`. */
  partitionKey: "pk",
  /** The ARN of a cluster, the fingerprint of an alert. */
  sortKey: "sk",
  kinds: { clusters: "clusters", alerts: "alerts" },
  /**
   * Local secondary indexes, by their sort key, with all attributes: only these are read consistently, and none can be
   * added to a table that exists. Both are sparse. A kind may hold 10 GB with its indexes.
   */
  indexes: {
    /** Since when something is to be done, `YYYY-MM-DDTHH:MM:SS.sssZ`: a look at a cluster, the publication of an alert. */
    due: "dueAt",
    /** The source of an alert that fires. */
    firing: "firingSource",
  },
  /** Time to live: seconds since the epoch. */
  ttl: "expiresAt",
  /** What the change stream carries. It carries every kind: filter by the partition key. */
  stream: "KEYS_ONLY",
} as const;

/** Attributes that put a record into indexes and set its end; one that is left out leaves it out. */
export interface Placement {
  readonly dueAt?: string | undefined;
  readonly firingSource?: string | undefined;
  readonly expiresAt?: number | undefined;
}
