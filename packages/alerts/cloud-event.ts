import { createHash } from "node:crypto";
import * as v from "valibot";
import type { AlertRecord } from "#alerts/alert";
import { cutText } from "#alerts/text";
import { formatProblems, parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { asCurrent, type MessageVersions } from "#fleet/message-version";

export const ALERT_EVENT_TYPE = "dev.musterbook.alert.v1";
/** The version that ends the type; version 1 is the first. */
export const ALERT_EVENT: MessageVersions = { kind: "alert", current: 1, upgrades: {} };

/** SNS counts message and attributes together up to 256 KiB, and e-mail subscribers keep it at that. */
const MAX_EVENT_BYTES = 200_000;
const MAX_FITTED_TEXT = 4_000;
const MAX_FITTED_LABELS = 50;
const MAX_FITTED_LABEL = 200;

const Severity = v.picklist(["critical", "warning", "info"]);
const Status = v.picklist(["firing", "resolved"]);
const Instant = v.pipe(v.string(), v.isoTimestamp());

/** The public schema of the topic: CloudEvents 1.0, structured JSON (docs/schemas/alert-v1.json). Unknown fields are let pass. */
const AlertEvent = v.object({
  specversion: v.literal("1.0"),
  /** The same for every delivery of one transition: what a consumer deduplicates by. */
  id: v.pipe(v.string(), v.nonEmpty()),
  source: v.literal("musterbook"),
  type: v.literal(ALERT_EVENT_TYPE),
  /** The alert id and the cluster, or "none". */
  subject: v.string(),
  time: Instant,
  datacontenttype: v.literal("application/json"),
  severity: Severity,
  status: Status,
  cluster: v.string(),
  /** The alert's fingerprint: the same over its whole life. */
  dedupkey: v.string(),
  data: v.object({
    id: v.string(),
    severity: Severity,
    status: Status,
    transition: v.picklist(["opened", "updated", "resolved", "reopened"]),
    sequence: v.number(),
    labels: v.record(v.string(), v.string()),
    summary: v.string(),
    evidence: v.record(v.string(), v.unknown()),
    remedy: v.string(),
    /** Who reports it. */
    reporter: v.string(),
    openedAt: Instant,
    changedAt: Instant,
    resolvedAt: v.nullable(Instant),
    /** Whether evidence and long texts were cut to fit SNS. */
    truncated: v.boolean(),
    /** What it was at worst since it was opened, where that is worse: the message attribute `severity` has it then. */
    worst: v.exactOptional(Severity),
  }),
});
export type AlertEvent = v.InferOutput<typeof AlertEvent>;

/** The event of a record's last transition: the same record gives the same event. Never larger than SNS takes. */
export function alertEvent(record: AlertRecord): AlertEvent {
  const { alert, status, fingerprint, sequence, changedAt } = record;
  const cluster = clusterOf(alert.labels);
  const event: AlertEvent = {
    specversion: "1.0",
    id: createHash("sha256").update(`${fingerprint}|${sequence}|${changedAt}`).digest("hex"),
    source: "musterbook",
    type: ALERT_EVENT_TYPE,
    subject: `${alert.id}/${cluster}`,
    time: changedAt,
    datacontenttype: "application/json",
    severity: alert.severity,
    status,
    cluster,
    dedupkey: fingerprint,
    data: dataOf(record),
  };
  return Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES ? fitted(event) : event;
}

/** Reads an event of the topic. TerminalError `malformed-alert` names every field that is wrong; RetryableError `newer-message`. */
export function parseAlertEvent(text: string): AlertEvent {
  const found = parseJson(text);
  const parsed = parseWith(AlertEvent, asCurrent(ALERT_EVENT, found, versionOf(found)));
  if (parsed.ok) return parsed.value;
  throw new TerminalError(`the alert cannot be read: ${formatProblems(parsed.problems)}`, {
    reason: "malformed-alert",
    remedy: `Publish CloudEvents of type ${ALERT_EVENT_TYPE} on the topic, and nothing else.`,
  });
}

function versionOf(event: unknown): number | undefined {
  const type: unknown = typeof event === "object" && event !== null ? Reflect.get(event, "type") : undefined;
  const [, version] = /^dev\.musterbook\.alert\.v(\d+)$/.exec(typeof type === "string" ? type : "") ?? [];
  return version === undefined ? undefined : Number(version);
}

/** The cluster for filters and subjects, never empty: SNS refuses an empty attribute. */
function clusterOf(labels: Readonly<Record<string, string>>): string {
  return (
    cutText(labels.cluster ?? "", 256)
      .replaceAll("\n", " ")
      .trim() || "none"
  );
}

function dataOf({ alert, worst, status, transition, sequence, source, ...record }: AlertRecord): AlertEvent["data"] {
  return {
    id: alert.id,
    severity: alert.severity,
    status,
    transition,
    sequence,
    labels: { ...alert.labels },
    summary: alert.summary,
    evidence: { ...alert.evidence },
    remedy: alert.remedy,
    reporter: source,
    openedAt: record.openedAt,
    changedAt: record.changedAt,
    resolvedAt: record.resolvedAt,
    truncated: false,
    ...(worst === undefined ? {} : { worst }),
  };
}

function fitted(event: AlertEvent): AlertEvent {
  const { data } = event;
  const labels = Object.entries(data.labels)
    .slice(0, MAX_FITTED_LABELS)
    .map(([name, value]) => [cutText(name, MAX_FITTED_LABEL), cutText(value, MAX_FITTED_LABEL)]);
  return {
    ...event,
    data: {
      ...data,
      labels: Object.fromEntries(labels),
      summary: cutText(data.summary, MAX_FITTED_TEXT),
      evidence: {},
      remedy: cutText(data.remedy, MAX_FITTED_TEXT),
      truncated: true,
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it with a name
  }
}
