import type { Logger } from "@aws-lambda-powertools/logger";
import type { AlertPorts } from "#alerts/ports";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import type { BucketConfig, FleetConfig } from "#config/fleet-config";
import type { InstallationConfig } from "#config/installation-config";
import type { Queues } from "#fleet/messaging";
import type { OnboardPorts } from "#onboard/ports";

/** What is outside of any function, in any installation: one that only audits has nothing else. */
export interface CommonPorts extends AlertPorts {
  /** The same as `log`, in the form that the middleware wants. */
  readonly logger: Logger;
  readonly config: InstallationConfig;
  readonly queues: Queues;
  readonly bucket: (config: BucketConfig) => Bucket;
  /** Where block indexes are kept. */
  readonly indexes: ObjectStore;
  /** Where the last report of each audited bucket is kept. */
  readonly reports: ObjectStore;
  /** A secret by its name; undefined when the store has none of that name. */
  readonly secret: (name: string) => Promise<string | undefined>;
  readonly fetch: typeof fetch;
}

/** Everything outside of a function, wired once at the edge: by the deployment with AWS, by the local runtime with local adapters. */
export interface Ports extends CommonPorts, OnboardPorts {
  readonly config: FleetConfig;
  /** The VPC that the function is in; absent: none. */
  readonly vpc?: string;
}
