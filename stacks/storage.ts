import { FLEET_TABLE } from "#aws/fleet-table";
import type { Stage } from "#stacks/stage";

const { partitionKey, sortKey, indexes, ttl } = FLEET_TABLE;

/** What is kept: the one table, and our bucket with the store list, the block indexes and the reports. */
export function storage({ name, isPermanent }: Stage) {
  const table = new sst.aws.Dynamo("Fleet", {
    fields: Object.fromEntries([partitionKey, sortKey, ...Object.values(indexes)].map((field) => [field, "string"])),
    primaryIndex: { hashKey: partitionKey, rangeKey: sortKey },
    localIndexes: Object.fromEntries(Object.entries(indexes).map(([index, rangeKey]) => [index, { rangeKey }])),
    ttl,
    stream: "keys-only",
    deletionProtection: isPermanent,
    transform: { table: { name: name("fleet") } },
  });
  const state = new sst.aws.Bucket("State", {
    versioning: true,
    cors: false,
    transform: { bucket: { forceDestroy: !isPermanent } },
  });
  // Every write of an index or a report leaves a version behind, and both can be made again at any time. A report that was
  // not written for a month is of a bucket that is audited no more.
  new aws.s3.BucketLifecycleConfiguration("StateVersions", {
    bucket: state.name,
    rules: [
      expiring("old-indexes", { filter: { prefix: "indexes/" }, days: 1 }),
      { ...expiring("old-reports", { filter: { prefix: "reports/" }, days: 1 }), expiration: { days: 30 } },
      expiring("old-versions", { filter: {}, days: 30 }),
    ],
  });
  return { table, state };
}

function expiring(
  id: string,
  { filter, days }: { readonly filter: { readonly prefix?: string }; readonly days: number },
) {
  return { id, status: "Enabled", filter, noncurrentVersionExpiration: { noncurrentDays: days } };
}

export type Storage = ReturnType<typeof storage>;
