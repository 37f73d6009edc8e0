import type { AlertRecord } from "#alerts/alert";
import type { Clock } from "#fleet/clock";
import type { Log } from "#fleet/log";
import type { Topics } from "#fleet/messaging";
import type { Stored } from "#fleet/registry";

/** The alert state table. */
export interface AlertStates {
  get(fingerprint: string): Promise<Stored<AlertRecord> | undefined>;
  /** Writes if the stored version is still `expected` (0: must not exist yet); else throws ConflictError. Returns the new version. */
  put(record: AlertRecord, expected: number): Promise<number>;
  /** Every firing alert of a source. */
  firing(source: string): Promise<readonly AlertRecord[]>;
  /** Records whose last transition has not reached the topic, oldest first. */
  unpublished(limit: number): Promise<readonly AlertRecord[]>;
  /** Every firing alert, for reports. */
  allFiring(): Promise<readonly AlertRecord[]>;
}

export interface AlertPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly alertStates: AlertStates;
  readonly topics: Topics;
}
