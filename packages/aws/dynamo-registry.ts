import { FLEET_TABLE } from "#aws/fleet-table";
import { type TableOptions, tableRecords } from "#aws/table-records";
import { clusterExpiry } from "#fleet/expiry";
import { CLUSTER_RECORD } from "#fleet/record-schema";
import type { Registry } from "#fleet/registry";

/** The cluster table on DynamoDB. `versioned`: how records are read; default: as this release does. */
export function dynamoRegistry(options: TableOptions, versioned = CLUSTER_RECORD): Registry {
  const clusters = tableRecords(options, {
    partition: FLEET_TABLE.kinds.clusters,
    versioned,
    keyOf: ({ arn }) => arn,
    placementOf: (record) => ({
      // As text, "10:00:00.5Z" is before "10:00:00Z".
      dueAt: record.lookAt === null ? undefined : new Date(record.lookAt).toISOString(),
      expiresAt: clusterExpiry(record),
    }),
  });
  return {
    get: clusters.get,
    put: clusters.put,
    due: (now, limit) => clusters.list({ index: "due", range: { operator: "<=", value: now.toISOString() }, limit }),
    all: () => clusters.list({}),
  };
}
