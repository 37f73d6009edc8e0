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
  /**
   * How many things it is about, at least 1. Where it is given, only another severity and twice the extent are news, and
   * words are not, since they count and name what moves from look to look. Where it is not, the words are.
   */
  readonly extent?: number | undefined;
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
  /** What it was at worst since it was opened, where that is worse than it is now: who was told so must hear the rest too. */
  readonly worst?: Severity | undefined;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly resolvedAt: string | null;
  readonly sequence: number;
  /** The last transition that reached the topic; below `sequence` there is one to publish. */
  readonly publishedSequence: number;
  readonly transition: Transition;
  /** Since it came back soon after it was resolved: whether it is gone at the moment, and when that last changed. */
  readonly flapping?: { readonly isGone: boolean; readonly since: string } | undefined;
}

export type Transition = "opened" | "updated" | "resolved" | "reopened";
