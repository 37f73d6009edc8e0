import type { ClusterRecord } from "#fleet/record";

export interface Stored<T> {
  readonly record: T;
  /** Opaque to callers, monotonic per key; a write names the version it replaces. */
  readonly version: number;
}

/** The cluster table. Reads are consistent; a listing is whole or it throws. */
export interface Registry {
  get(arn: string): Promise<Stored<ClusterRecord> | undefined>;
  /** Writes if the stored version is still `expected` (0: must not exist yet); else throws ConflictError. Returns the new version. */
  put(record: ClusterRecord, expected: number): Promise<number>;
  /** Records with `lookAt` at or before `now`, oldest first. */
  due(now: Date, limit: number): Promise<readonly ClusterRecord[]>;
  /** Every record, by ARN. */
  all(): Promise<readonly ClusterRecord[]>;
}
