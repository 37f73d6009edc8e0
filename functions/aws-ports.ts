import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type AwsAccounts, awsAccounts } from "#aws/accounts";
import type { AssumedRole } from "#aws/assumed-role";
import { type AwsScope, awsConfig } from "#aws/config";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { eksClusters } from "#aws/eks-clusters";
import { route53Client } from "#aws/route53-client";
import { route53Dns } from "#aws/route53-dns";
import { s3Bucket } from "#aws/s3-bucket";
import type { S3ClientOptions } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import { s3StoreList } from "#aws/s3-store-list";
import { secretsManager } from "#aws/secrets";
import { snsTopics } from "#aws/sns-topics";
import { sqsQueues } from "#aws/sqs-queues";
import type { Bucket } from "#blocks/bucket";
import { uploadsFromIndex } from "#blocks/uploads";
import type { FleetConfig } from "#config/fleet-config";
import type { InstallationConfig } from "#config/installation-config";
import type { Clock } from "#fleet/clock";
import { logTo } from "#functions/logger";
import type { Ports } from "#functions/ports";

/** What an installation on AWS has made, for its functions to find. */
export interface Installation<C extends InstallationConfig = FleetConfig> {
  readonly config: C;
  /** Account and region where Musterbook runs. */
  readonly hub: AwsScope;
  /** Name of the table (packages/aws/fleet-table.ts). */
  readonly table: string;
  /** Of the private hosted zone of the fleet; empty where there is none. */
  readonly zoneId: string;
  /** `s3://bucket[/prefix]`: where our own objects are, block indexes and the store list. */
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

/** How the inside of clusters is reached: 2 MB of code that most functions do without. */
export type Reach = (of: {
  readonly installation: Installation<InstallationConfig>;
  readonly accounts: AwsAccounts;
  readonly clock: Clock;
}) => Pick<Ports, "connector" | "chart">;

/**
 * The outside of every function on AWS. One client per service, region and account, and one per bucket or folder of ours in
 * S3, kept for the life of the process.
 */
export function awsPorts<C extends InstallationConfig>(
  installation: Installation<C>,
  clock: Clock,
  reach: Reach,
): Ports<C> {
  const { config, hub, roleFor, vpc } = installation;
  const logger = new Logger({ serviceName: "musterbook" });
  const accounts = awsAccounts({ hub, roleFor, clock });
  return {
    ...{ clock, logger, log: logTo(logger), config, fetch },
    ...(vpc === undefined ? {} : { vpc }),
    clusters: eksClusters({ accounts }),
    ...reach({ installation, accounts, clock }),
    ...messaging(installation),
    ...storage(installation, clock),
  };
}

function messaging({ hub, queueUrls, topicArns }: Installation<InstallationConfig>) {
  return { queues: sqsQueues(hub, queueUrls), topics: snsTopics(hub, topicArns) };
}

function storage({ config, hub, table, zoneId, state }: Installation<InstallationConfig>, clock: Clock) {
  const records = { client: new DynamoDBClient(awsConfig(hub)), table, clock };
  const indexes = s3ObjectStore(`${state.url}/indexes`, state);
  const stores = `${state.url}/stores`;
  return {
    registry: dynamoRegistry(records),
    alertStates: dynamoAlertStates(records),
    dns: route53Dns({ client: route53Client(hub), zoneId }),
    storeList: s3StoreList(s3ObjectStore(stores, state), stores),
    indexes,
    uploads: uploadsFromIndex({ indexes, urls: config.buckets.map(({ url }) => url) }),
    bucket: keptBuckets(),
    secret: secretsManager({ client: new SecretsManagerClient(awsConfig(hub)), clock }),
  } satisfies Partial<Ports>;
}

/** Opens each bucket once: it holds the connections of its client. */
function keptBuckets(): Ports["bucket"] {
  const opened = new Map<string, Bucket>();
  return ({ url, endpoint, region }) => {
    const key = JSON.stringify([url, endpoint, region]);
    const at = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
    const bucket = opened.get(key) ?? s3Bucket(url, at);
    opened.set(key, bucket);
    return bucket;
  };
}
