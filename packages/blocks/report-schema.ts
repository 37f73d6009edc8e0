import * as v from "valibot";
import {
  AUDIT_REPORT_VERSION,
  type AuditReport,
  FINDING_IDS,
  SETTING_ORIGINS,
  SEVERITIES,
  STREAM_STATUSES,
} from "#blocks/finding";
import { type Parsed, parseWith } from "#config/schema";

const Text = v.pipe(v.string(), v.nonEmpty("expected a text"));
const Instant = v.pipe(v.string(), v.isoTimestamp("expected a time of RFC 3339"));
const Count = v.pipe(v.number(), v.integer("expected a count"), v.minValue(0, "expected a count"));
const Labels = v.record(v.string(), v.string());

const Finding = v.object({
  id: v.picklist(FINDING_IDS),
  severity: v.picklist(SEVERITIES),
  summary: Text,
  labels: Labels,
  groupKey: v.nullable(v.string()),
  blocks: v.array(v.string()),
  since: v.nullable(Instant),
  evidence: v.record(v.string(), v.unknown()),
  consequence: Text,
  remedy: Text,
});

const Rules = v.object({
  thanos: v.object({ first: Text, last: Text, known: v.nullable(Text), holds: v.nullable(v.boolean()) }),
  settings: v.array(v.object({ name: Text, value: Text, origin: v.picklist(SETTING_ORIGINS), from: v.nullable(Text) })),
});

/** A saved report: what `musterbook audit --output json` printed. Fields of later versions are let pass. */
const Report = v.object({
  schemaVersion: v.literal(AUDIT_REPORT_VERSION),
  url: Text,
  now: Instant,
  blocks: Count,
  leftOut: v.exactOptional(v.object({ findings: Count, details: Count, streams: Count })),
  rules: Rules,
  findings: v.array(Finding),
  streams: v.array(
    v.object({
      labels: Labels,
      status: v.picklist(STREAM_STATUSES),
      newest: Instant,
      deadline: Instant,
      expected: v.nullable(Instant),
      slack: v.object({ ms: Count, origin: v.picklist(SETTING_ORIGINS), uploads: Count }),
    }),
  ),
  backlog: v.object({ compactions: Count, blocks: Count, since: v.nullable(Instant) }),
  summary: v.object({
    critical: Count,
    warning: Count,
    info: Count,
    streams: Count,
    clusters: Count,
    objects: Count,
    bytes: Count,
    nextDeadline: v.nullable(Instant),
    requests: v.object({ list: Count, get: Count }),
    index: v.nullable(v.object({ listedAt: Instant, fullAt: Instant, missed: v.nullable(Count) })),
    seconds: v.number(),
  }),
});

export function parseAuditReport(input: unknown): Parsed<AuditReport> {
  return parseWith(Report, input);
}
