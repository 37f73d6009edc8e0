import type { AlertInput } from "#alerts/alert";

type Evidence = Readonly<Record<string, unknown>>;

/** A record keeps this much: a tenth of what DynamoDB takes, which counts the copies in its indexes too. */
const MAX_BYTES = 40_000;
const LISTED = 100;

/** Longer texts are not for reading; labels and summaries may repeat what somebody wrote into a meta.json. */
const TEXT_MAX = 1_000;
const REMEDY_MAX = 8_000;
const LABELS_MAX = 30;

/** An alert that fits into a record, whatever it is made of. Cut texts end in an ellipsis. */
export function fitAlert(alert: AlertInput): AlertInput {
  const labels = Object.entries(alert.labels).slice(0, LABELS_MAX);
  return {
    ...alert,
    labels: Object.fromEntries(labels.map(([name, value]) => [cut(name, TEXT_MAX), cut(value, TEXT_MAX)])),
    summary: cut(alert.summary, TEXT_MAX),
    remedy: cut(alert.remedy, REMEDY_MAX),
    evidence: fitEvidence(alert.evidence),
  };
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/**
 * Evidence that fits into a record, so that an alert of ten thousand blocks is recorded as any other. If it is too
 * large, its lists end after a hundred, then its largest parts go; `shortened` names what is not whole. The report has all.
 */
function fitEvidence(evidence: Evidence): Evidence {
  if (bytesOf(evidence) <= MAX_BYTES) return evidence;
  const parts = Object.entries(evidence).map(([name, whole]) => ({ name, whole, kept: firstOf(whole) }));
  const smallestFirst = parts.toSorted((a, b) => bytesOf(a.kept) - bytesOf(b.kept));
  const fitting = new Set<string>();
  let bytes = 0;
  for (const { name, kept } of smallestFirst) {
    bytes += bytesOf(kept);
    if (bytes <= MAX_BYTES) fitting.add(name);
  }
  const shortened = parts.filter(({ name, whole, kept }) => kept !== whole || !fitting.has(name));
  return {
    ...Object.fromEntries(parts.filter(({ name }) => fitting.has(name)).map(({ name, kept }) => [name, kept])),
    shortened: shortened.map(({ name }) => name),
  };
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) && value.length > LISTED ? value.slice(0, LISTED) : value;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
