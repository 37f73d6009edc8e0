import { sortedPairs } from "#blocks/block/labels";
import { type AuditReport, SEVERITIES, STREAM_STATUSES, type StreamReport } from "#blocks/finding";

/** Each stream is a series: of a bucket with more of them, those with the oldest newest block are told. */
const STREAMS_TOLD = 1000;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly unit?: "seconds" | "bytes";
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * An audit as OpenMetrics text: all gauges, as of the last audit, with base units in their names as Thanos's mixin has them.
 * `musterbook_audit_timestamp_seconds` says when it was; what is older than two intervals is stale.
 */
export function renderOpenMetrics(report: AuditReport): string {
  const families = [
    ...findingFamilies(report),
    ...streamFamilies(report),
    ...bucketFamilies(report),
    ...backlogFamilies(report),
    ...auditFamilies(report),
  ];
  return `${families.map((family) => familyText(family, { bucket: report.url })).join("")}# EOF\n`;
}

function findingFamilies({ findings }: AuditReport): readonly Family[] {
  const groups = Map.groupBy(findings, ({ id, severity }) => JSON.stringify({ id, severity }));
  return [
    {
      name: "musterbook_audit_findings",
      help: "Findings of the last audit by their id and severity; the ids are the headings of the runbook.",
      samples: [...groups.values()].flatMap((same) =>
        same.slice(0, 1).map(({ id, severity }) => ({ labels: { id, severity }, value: same.length })),
      ),
    },
    {
      name: "musterbook_audit_findings_by_severity",
      help: "Findings of the last audit by their severity, also where there are none.",
      samples: SEVERITIES.map((severity) => ({
        labels: { severity },
        value: findings.filter((finding) => finding.severity === severity).length,
      })),
    },
  ];
}

function streamFamilies({ streams }: AuditReport): readonly Family[] {
  const told = streams
    .filter(({ status }) => status !== "retired")
    .toSorted((a, b) => seconds(a.newest) - seconds(b.newest))
    .slice(0, STREAMS_TOLD);
  const times = (of: "newest" | "deadline") =>
    told.map((stream) => ({ labels: { stream: nameOf(stream) }, value: seconds(stream[of]) }));
  return [
    {
      name: "musterbook_audit_streams",
      help: "Streams by their state: on time, late, continued by another, or given up.",
      samples: STREAM_STATUSES.map((status) => ({
        labels: { status },
        value: streams.filter((stream) => stream.status === status).length,
      })),
    },
    {
      name: "musterbook_audit_stream_newest_block_timestamp_seconds",
      help: `The end of the newest block of a stream that is not given up; at most ${STREAMS_TOLD} streams, the oldest first.`,
      unit: "seconds",
      samples: times("newest"),
    },
    {
      name: "musterbook_audit_stream_deadline_timestamp_seconds",
      help: "When the next block of that stream is late, or was.",
      unit: "seconds",
      samples: times("deadline"),
    },
  ];
}

function bucketFamilies({ blocks, summary }: AuditReport): readonly Family[] {
  return [
    { name: "musterbook_audit_blocks", help: "Block directories in the bucket.", samples: [{ value: blocks }] },
    { name: "musterbook_audit_objects", help: "Objects in the bucket.", samples: [{ value: summary.objects }] },
    {
      name: "musterbook_audit_bucket_bytes",
      help: "Size of all objects in the bucket.",
      unit: "bytes",
      samples: [{ value: summary.bytes }],
    },
  ];
}

function backlogFamilies({ backlog, now }: AuditReport): readonly Family[] {
  const { compactions, blocks, since } = backlog;
  return [
    {
      name: "musterbook_audit_todo_compactions",
      help: "Compactions to do until nothing is left, of all groups that do not halt.",
      samples: [{ value: compactions }],
    },
    {
      name: "musterbook_audit_todo_compaction_blocks",
      help: "Blocks that go into those compactions, counted once for each.",
      samples: [{ value: blocks }],
    },
    {
      name: "musterbook_audit_compaction_lag_seconds",
      help: "How long the compaction that waits longest could have been done; 0 where none waits.",
      unit: "seconds",
      samples: [{ value: since === null ? 0 : seconds(now) - seconds(since) }],
    },
  ];
}

function auditFamilies({ now, summary }: AuditReport): readonly Family[] {
  return [
    {
      name: "musterbook_audit_timestamp_seconds",
      help: "The time that the bucket was judged at.",
      unit: "seconds",
      samples: [{ value: seconds(now) }],
    },
    {
      name: "musterbook_audit_duration_seconds",
      help: "How long the audit took.",
      unit: "seconds",
      samples: [{ value: summary.seconds }],
    },
    {
      name: "musterbook_audit_requests",
      help: "Requests of the audit to the object store by their operation.",
      samples: Object.entries(summary.requests).map(([operation, value]) => ({ labels: { operation }, value })),
    },
  ];
}

function nameOf({ labels }: StreamReport): string {
  return sortedPairs(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

function seconds(instant: string): number {
  return Date.parse(instant) / 1000;
}

function familyText({ name, help, unit, samples }: Family, common: Readonly<Record<string, string>>): string {
  const lines = [
    `# HELP ${name} ${escaped(help)}`,
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    ...samples.map(({ labels = {}, value }) => `${name}{${labelText({ ...common, ...labels })}} ${value}`),
  ];
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

/** What moves a cursor or turns the direction of text: OpenMetrics has no escape for it. */
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Backslash, quote and line feed as OpenMetrics has them; what it cannot say is a replacement character. */
function escaped(text: string): string {
  const sayable = text.toWellFormed().replace(CONTROL, "\ufffd");
  return sayable.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
