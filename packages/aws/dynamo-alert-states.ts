import { alertExpiry } from "#alerts/expiry";
import type { AlertStates } from "#alerts/ports";
import { ALERT_RECORD } from "#alerts/record-schema";
import { FLEET_TABLE } from "#aws/fleet-table";
import { type TableOptions, tableRecords } from "#aws/table-records";

/** The alert state table on DynamoDB. `versioned`: how records are read; default: as this release does. */
export function dynamoAlertStates(options: TableOptions, versioned = ALERT_RECORD): AlertStates {
  const alerts = tableRecords(options, {
    partition: FLEET_TABLE.kinds.alerts,
    versioned,
    keyOf: ({ fingerprint }) => fingerprint,
    placementOf: (record) => {
      const { status, source, sequence, publishedSequence, changedAt } = record;
      return {
        dueAt: publishedSequence < sequence ? new Date(changedAt).toISOString() : undefined,
        firingSource: status === "firing" ? source : undefined,
        expiresAt: alertExpiry(record),
      };
    },
  });
  return {
    get: alerts.get,
    put: alerts.put,
    firing: (source) => alerts.list({ index: "firing", range: { operator: "=", value: source } }),
    unpublished: (limit) => alerts.list({ index: "due", limit }),
    allFiring: () => alerts.list({ index: "firing" }),
  };
}
