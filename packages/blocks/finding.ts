/** Worst first. */
export const SEVERITIES = ["critical", "warning", "info"] as const;
export type FindingSeverity = (typeof SEVERITIES)[number];

/** The checks of this version, by their ids. Each has a heading in docs/runbook.md. */
export const FINDING_IDS = [
  "upload.late",
  "upload.cluster-late",
  "upload.replica-late",
  "upload.global",
  "upload.expected-missing",
  "upload.silent",
  "upload.slow",
  "upload.cut-late",
  "upload.out-of-order",
  "upload.gap",
  "upload.hole-inside",
  "upload.volume-drop",
  "clock.skew",
  "block.incomplete",
  "block.size-mismatch",
  "block.archived",
  "block.partial",
  "block.meta-corrupt",
  "block.version",
  "block.no-labels",
  "block.orphan-mark",
  "block.delete-stuck",
  "block.empty",
  "block.range",
  "block.header",
  "bucket.junk",
  "overlap.a-duplicate",
  "overlap.b-ooo",
  "overlap.c-same-labels",
  "overlap.d-late-upload",
  "overlap.e-two-compactors",
  "overlap.f-manual",
  "overlap.g-local-compaction",
  "overlap.h-downsampled",
  "overlap.i-restart",
  "compactor.stalled",
  "compactor.lag",
  "compactor.backlog",
  "compactor.will-halt",
  "compactor.index-limit",
  "compactor.multiple",
  "compactor.no-compact-mark",
  "compactor.churn",
  "compactor.sync-risk",
  "delete.overdue",
  "delete.uncovered",
  "delete.marked-fresh",
  "cost.marked-bytes",
  "retention.overdue",
  "retention.misconfig",
  "retention.expires-undownsampled",
  "downsample.lag5m",
  "downsample.lag1h",
  "downsample.missing",
  "downsample.hole",
  "downsample.stranded",
  "downsample.marked",
  "labels.changed",
  "labels.volatile",
  "labels.schema",
  "labels.cardinality",
  "ha.asymmetric",
] as const;
export type FindingId = (typeof FINDING_IDS)[number];

/** One thing that is wrong in a bucket. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: FindingSeverity;
  /** One sentence with numbers: conditions, not adjectives. */
  readonly summary: string;
  /** The stream's (or the cluster's) external labels; empty when the block's meta cannot be read. */
  readonly labels: Readonly<Record<string, string>>;
  /** Thanos's group key as its compactor logs it, e.g. `0@6928611441926479320`; null where there is no group. */
  readonly groupKey: string | null;
  /** ULIDs. */
  readonly blocks: readonly string[];
  /** When it became true, RFC 3339; null when the bucket does not tell. */
  readonly since: string | null;
  /** Numbers in base units (ms, bytes, counts), times in RFC 3339. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** What happens if nothing is done, and when. */
  readonly consequence: string;
  /** What to do: sentences and commands that can be pasted. */
  readonly remedy: string;
}

export const SETTING_ORIGINS = ["given", "inferred", "default"] as const;
export type SettingOrigin = (typeof SETTING_ORIGINS)[number];

/** Where a setting that the audit judged by is from. */
export interface SettingInUse {
  /** As in the settings file. */
  readonly name: string;
  /** For people: `on`, `48 h`. */
  readonly value: string;
  /** `given` in the settings, `inferred` from the bucket, or the `default`. */
  readonly origin: SettingOrigin;
  /** What it was inferred from; null where it was not. */
  readonly from: string | null;
}

/** By what a bucket was judged. */
export interface RulesInUse {
  readonly thanos: {
    /** The releases that the rules hold for. */
    readonly first: string;
    readonly last: string;
    /** The release that runs, where the settings tell it. */
    readonly known: string | null;
    /** Whether the rules hold for that one; null where it is not known. */
    readonly holds: boolean | null;
  };
  readonly settings: readonly SettingInUse[];
}

/**
 * What is thought of a stream. `fresh`: on time. `late`: a deadline has passed, for up to 7 days. `succeeded`: late, but
 * another stream with its labels (apart from replica labels, labels added or taken off, and two values) began as it ended.
 * `retired`: silent for more than 7 days.
 */
export const STREAM_STATUSES = ["fresh", "late", "succeeded", "retired"] as const;
export type StreamStatus = (typeof STREAM_STATUSES)[number];

/** One producer, as far as the bucket tells. */
export interface StreamReport {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: StreamStatus;
  /** The end of its newest in-order raw block, RFC 3339. */
  readonly newest: string;
  /** When its next block is late, or was, RFC 3339. */
  readonly deadline: string;
  /** When it is there if it comes as the last ones did, RFC 3339; null where those do not agree. Nothing is judged by it. */
  readonly expected: string | null;
  /** How long after its cut is due a block may come. `inferred`: learned from that many uploads. */
  readonly slack: { readonly ms: number; readonly origin: SettingOrigin; readonly uploads: number };
}

/** What a report lacks. */
export interface ReportCuts {
  /** The least severe. */
  readonly findings: number;
  /** Findings that are told without their evidence, and with the first of their blocks only. */
  readonly details: number;
  readonly streams: number;
}

export const AUDIT_REPORT_VERSION = 1;

/** The result of one audit; what `--output json` prints (docs/schemas/audit-report-v1.json). */
export interface AuditReport {
  readonly schemaVersion: typeof AUDIT_REPORT_VERSION;
  readonly url: string;
  /** The time the bucket was judged at, RFC 3339. */
  readonly now: string;
  /** Block directories. */
  readonly blocks: number;
  /** Of a stored report that would have been too large; absent where nothing was left out. The summary counts all. */
  readonly leftOut?: ReportCuts;
  readonly rules: RulesInUse;
  readonly findings: readonly Finding[];
  /** By their labels; those that were given up, too. */
  readonly streams: readonly StreamReport[];
  /** What the compactor has to do until nothing is left, over all groups. `since`: from when on the oldest could have been done, RFC 3339. */
  readonly backlog: { readonly compactions: number; readonly blocks: number; readonly since: string | null };
  readonly summary: {
    readonly critical: number;
    readonly warning: number;
    readonly info: number;
    readonly streams: number;
    readonly clusters: number;
    readonly objects: number;
    readonly bytes: number;
    /** The next upload deadline over all streams that are on time, RFC 3339; null without streams. */
    readonly nextDeadline: string | null;
    readonly requests: { readonly list: number; readonly get: number };
    /** What the block index knew, times in RFC 3339; null without one. `missed`: blocks of which no event had told. */
    readonly index: { readonly listedAt: string; readonly fullAt: string; readonly missed: number | null } | null;
    readonly seconds: number;
  };
}

/** What a long audit tells while it works. */
export interface AuditProgress {
  readonly phase: "list" | "read" | "judge";
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number;
}
