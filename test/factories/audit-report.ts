import type { AuditReport, Finding } from "#blocks/finding";

export const AUDITED_AT = "2026-11-20T13:10:00Z";

/** A finding of a stream of prod-b; give what the test is about. */
export function finding(given: Partial<Finding> = {}): Finding {
  return {
    id: "upload.late",
    severity: "critical",
    summary: "3 blocks of 2 h are missing: the newest ends at 2026-11-20T04:00:00Z.",
    labels: { cluster: "prod-b", prometheus_replica: "prometheus-0" },
    groupKey: "0@6928611441926479320",
    blocks: ["01M7VN7C2JGV1RBMJVV5WAGS3Z"],
    since: "2026-11-20T07:15:00Z",
    evidence: {},
    consequence: "The samples are lost with the producer's volume.",
    remedy: "1. Look at the sidecar:\n   kubectl -n monitoring logs prometheus-0 -c thanos-sidecar --since=1h",
    ...given,
  };
}

/** A report of these findings, with counts that fit. */
export function auditReport(
  findings: readonly Finding[] = [],
  summary: Partial<AuditReport["summary"]> = {},
): AuditReport {
  const countOf = (severity: Finding["severity"]) => findings.filter((found) => found.severity === severity).length;
  return {
    schemaVersion: 1,
    url: "s3://metrics-blocks",
    now: AUDITED_AT,
    blocks: 1244,
    rules: {
      thanos: { first: "0.36.0", last: "0.42.5", known: null, holds: null },
      settings: [
        { name: "replicaLabels", value: "prometheus_replica", origin: "inferred", from: "external labels" },
        { name: "verticalCompaction", value: "off", origin: "default", from: null },
        { name: "deleteDelay", value: "48 h", origin: "given", from: null },
      ],
    },
    findings,
    streams: [],
    backlog: { compactions: 2, blocks: 9, since: "2026-11-20T12:50:00Z" },
    summary: {
      critical: countOf("critical"),
      warning: countOf("warning"),
      info: countOf("info"),
      streams: 4,
      clusters: 2,
      objects: 5000,
      bytes: 27_117_666,
      nextDeadline: "2026-11-20T15:15:00Z",
      requests: { list: 1, get: 2 },
      index: null,
      seconds: 0.42,
      ...summary,
    },
  };
}
