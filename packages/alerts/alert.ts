export type Severity = "critical" | "warning" | "info";

/** Something that is wrong now, from any source, before the state machine has seen it. */
export interface AlertInput {
  /** A finding id (`upload.late`) or an alert id (`cluster.step-failed`); has a heading in docs/runbook.md. */
  readonly id: string;
  readonly severity: Severity;
  /** What it is about; with `id` the identity. Never volatile values. */
  readonly labels: Readonly<Record<string, string>>;
  /** One line for people. */
  readonly summary: string;
  /** Numbers and names; may change from look to look. */
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly remedy: string;
}

export const ALERT_RECORD_VERSION = 1;

/** One alert's life, by fingerprint. `sequence` counts its transitions; each is published once. */
export interface AlertRecord {
  readonly schemaVersion: typeof ALERT_RECORD_VERSION;
  readonly fingerprint: string;
  /** Who reports it, e.g. `audit:s3://blocks` or `cluster:<arn>`: a source resolves only its own. */
  readonly source: string;
  readonly status: "firing" | "resolved";
  readonly alert: AlertInput;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly resolvedAt: string | null;
  readonly sequence: number;
  /** The last transition that reached the topic; below `sequence` there is one to publish. */
  readonly publishedSequence: number;
  readonly transition: Transition;
}

export type Transition = "opened" | "updated" | "resolved" | "reopened";
