import type { AssumedRole } from "#aws/assumed-role";
import type { AwsScope } from "#aws/config";
import type { S3ClientOptions } from "#aws/s3-client";
import type { FleetConfig } from "#config/fleet-config";
import type { InstallationConfig } from "#config/installation-config";

/** What an installation on AWS has made, for its functions to find. */
export interface Installation<C extends InstallationConfig = FleetConfig> {
  readonly config: C;
  /** Account and region where Musterbook runs. */
  readonly hub: AwsScope;
  /** Name of the table (packages/aws/fleet-table.ts). */
  readonly table: string;
  /** Of the private hosted zone of the fleet; empty where there is none. */
  readonly zoneId: string;
  /** `s3://bucket[/prefix]`: where our own objects are: block indexes, reports, the store list. */
  readonly state: S3ClientOptions & { readonly url: string };
  /** URLs by the names of the wiring, dead-letter queues among them; those that the functions of this installation use. */
  readonly queueUrls: Readonly<Record<string, string>>;
  /** ARNs by the names of the wiring. */
  readonly topicArns: Readonly<Record<string, string>>;
  /** The role of an account that Musterbook works as there; undefined in its own. */
  readonly roleFor: (account: string) => AssumedRole | undefined;
  /** The role that clusters know, `principalArn` of the fleet; undefined when the function's own is that. */
  readonly clusterRole: AssumedRole | undefined;
  /** The VPC that the function is in; absent: none. */
  readonly vpc?: string;
  /** A writable folder. */
  readonly workDir: string;
  /** Search path for helm, where the layer's binary does not run. */
  readonly path: string;
  /** As helm's binaries are named by it (packages/helm/binary.ts). Default: the machine's. */
  readonly host?: string;
  /** Folder of the charts. Default: Musterbook's own. */
  readonly charts?: string;
}
