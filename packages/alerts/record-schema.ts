import * as v from "valibot";
import { ALERT_RECORD_VERSION, type AlertRecord } from "#alerts/alert";
import type { Versioned } from "#fleet/versioned";

const Time = v.pipe(v.string(), v.isoTimestamp("write a time as RFC 3339 does"));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

const Severity = v.picklist(["critical", "warning", "info"]);

const Alert = v.object({
  id: v.string(),
  severity: Severity,
  labels: v.record(v.string(), v.string()),
  summary: v.string(),
  evidence: v.record(v.string(), v.unknown()),
  remedy: v.string(),
  extent: v.optional(Count),
});

/** What an alert state table checks at its door. */
export const ALERT_RECORD: Versioned<AlertRecord> = {
  kind: "alert record",
  current: ALERT_RECORD_VERSION,
  schema: v.object({
    schemaVersion: v.literal(ALERT_RECORD_VERSION),
    fingerprint: v.string(),
    source: v.string(),
    status: v.picklist(["firing", "resolved"]),
    alert: Alert,
    worst: v.optional(Severity),
    openedAt: Time,
    changedAt: Time,
    resolvedAt: v.nullable(Time),
    sequence: Count,
    publishedSequence: Count,
    transition: v.picklist(["opened", "updated", "resolved", "reopened"]),
    flapping: v.optional(v.object({ isGone: v.boolean(), since: Time })),
  }),
  upgrades: {},
};
