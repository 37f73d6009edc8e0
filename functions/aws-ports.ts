import { type AwsAccounts, awsAccounts } from "#aws/accounts";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { eksClusters } from "#aws/eks-clusters";
import { route53Client } from "#aws/route53-client";
import { route53Dns } from "#aws/route53-dns";
import { s3ObjectStore } from "#aws/s3-object-store";
import { s3StoreList } from "#aws/s3-store-list";
import { uploadsFromIndex } from "#blocks/uploads";
import type { Clock } from "#fleet/clock";
import { commonPorts, recordsOf } from "#functions/common-ports";
import type { Installation } from "#functions/installation";
import type { Ports } from "#functions/ports";

/** How the inside of clusters is reached: 2 MB of code that most functions do without. */
export type Reach = (of: {
  readonly installation: Installation;
  readonly accounts: AwsAccounts;
  readonly clock: Clock;
}) => Pick<Ports, "connector" | "chart">;

/** The outside of every function on AWS, clusters included. One client per service, region and account besides. */
export function awsPorts(installation: Installation, clock: Clock, reach: Reach): Ports {
  const { config, hub, roleFor, vpc, zoneId, state } = installation;
  const records = recordsOf(installation, clock);
  const common = commonPorts(installation, clock, records);
  const accounts = awsAccounts({ hub, roleFor, clock });
  const stores = `${state.url}/stores`;
  return {
    ...common,
    config,
    ...(vpc === undefined ? {} : { vpc }),
    clusters: eksClusters({ accounts }),
    ...reach({ installation, accounts, clock }),
    registry: dynamoRegistry(records),
    dns: route53Dns({ client: route53Client(hub), zoneId }),
    storeList: s3StoreList(s3ObjectStore(stores, state), stores),
    uploads: uploadsFromIndex({ indexes: common.indexes, urls: config.buckets.map(({ url }) => url) }),
  };
}
