import { groupKeys } from "#blocks/block/group-key";
import { labelsId } from "#blocks/block/labels";
import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import { CHECKS } from "#blocks/catalogue";
import { backlogOf } from "#blocks/compactor/progress";
import {
  AUDIT_REPORT_VERSION,
  type AuditProgress,
  type AuditReport,
  type Finding,
  SEVERITIES,
  type StreamReport,
} from "#blocks/finding";
import { type BucketModel, bucketModel } from "#blocks/model";
import { type BucketReading, readBucket, readIndexed } from "#blocks/read-bucket";
import { rulesInUse } from "#blocks/rules";
import { instant } from "#blocks/text";
import type { AuditSettings } from "#config/audit-settings";
import { RetryableError } from "#fleet/errors";

export interface AuditRequest {
  readonly bucket: Bucket;
  readonly settings: AuditSettings;
  /** The time the bucket is judged at. */
  readonly now: Date;
  /** Keeps what was read from one audit to the next, and from one that was interrupted. */
  readonly index?: ObjectStore | undefined;
  /** With an index: what was read by then is kept in it, nothing is judged, and its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: AuditProgress) => void;
  /** Milliseconds of a clock that only goes forward, for `summary.seconds`. */
  readonly stopwatch?: () => number;
}

/**
 * Audits a bucket: lists it, reads what it must, judges. Read-only but for the index. Bad blocks become findings; an error of
 * the store is thrown with nothing judged, since half a listing would look like a broken bucket.
 */
export async function auditBucket(request: AuditRequest): Promise<AuditReport> {
  const { bucket, stopwatch = () => performance.now() } = request;
  const started = stopwatch();
  return judgeReading({
    ...request,
    url: bucket.url,
    endpoint: bucket.endpoint,
    reading: await readAll(request),
    stopwatch,
    started,
  });
}

async function readAll({ bucket, settings, index, now, signal, onProgress }: AuditRequest): Promise<BucketReading> {
  const { headerShare } = settings;
  if (index === undefined) return readBucket({ bucket, headerShare, onProgress });
  const how = { listing: "full", now: now.getTime(), headerShare, signal, onProgress } as const;
  const reading = await readIndexed({ bucket, index, ...how });
  signal?.throwIfAborted();
  if (reading !== undefined) return reading;
  throw new RetryableError(`the index of ${bucket.url} is being made by somebody else`, {
    reason: "index-in-the-making",
    field: "bucket",
    value: bucket.url,
    remedy: "Run it again in a few minutes, or without the index.",
  });
}

export interface JudgeRequest extends Pick<AuditRequest, "settings" | "now" | "onProgress" | "stopwatch"> {
  readonly url: string;
  /** Of an S3-compatible server. */
  readonly endpoint?: string | undefined;
  readonly reading: BucketReading;
  /** When the work began, by the stopwatch. */
  readonly started?: number;
}

/** Judges what was read of a bucket. */
export async function judgeReading(request: JudgeRequest): Promise<AuditReport> {
  const { url, endpoint, reading, settings, now, onProgress, stopwatch = () => performance.now() } = request;
  const { started = stopwatch() } = request;
  const groupKeyOf = await groupKeys();
  onProgress?.({ phase: "judge", done: 0, total: CHECKS.length });
  const { blocks, parts, foreign, uploads, headers } = reading;
  const read = { blocks, parts, foreign, uploads, headers };
  const model = bucketModel({ url, endpoint, now: now.getTime(), settings, ...read, groupKeyOf });
  const findings = CHECKS.flatMap((check, index) => {
    const found = check(model);
    onProgress?.({ phase: "judge", done: index + 1, total: CHECKS.length });
    return found;
  });
  return {
    schemaVersion: AUDIT_REPORT_VERSION,
    url,
    now: instant(now.getTime()),
    blocks: blocks.length,
    rules: rulesInUse(model),
    findings: findings
      .map(withOrder)
      .sort(worstFirst)
      .map(({ finding }) => finding),
    streams: streamsOf(model),
    backlog: backlog(model),
    summary: { ...summaryOf(model, reading, findings), seconds: (stopwatch() - started) / 1000 },
  };
}

function streamsOf({ clusters }: BucketModel): readonly StreamReport[] {
  return [...clusters.values()]
    .flat()
    .map((verdict) => ({ id: labelsId(verdict.stream.labels), ...verdict }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ stream, status, freshness, pace }) => ({
      labels: stream.labels,
      status,
      newest: instant(stream.newest.maxTime),
      deadline: instant(freshness.deadline),
      expected: pace.expected === undefined ? null : instant(pace.expected),
      slack: { ms: pace.slack, origin: pace.origin, uploads: pace.uploads },
    }));
}

function backlog({ outlooks, now }: BucketModel): AuditReport["backlog"] {
  const { runs, blocks } = backlogOf(outlooks.flatMap(({ plans }) => plans));
  const since = outlooks.flatMap(({ oldest }) => oldest ?? []).reduce((first, one) => Math.min(first, one.since), now);
  return { compactions: runs, blocks, since: since < now ? instant(since) : null };
}

function summaryOf(
  { clusters }: BucketModel,
  { objects, bytes, requests, index }: BucketReading,
  findings: readonly Finding[],
): Omit<AuditReport["summary"], "seconds"> {
  const active = [...clusters.values()].map((verdicts) => verdicts.filter(({ status }) => status !== "retired"));
  const streams = active.flat();
  const deadlines = streams.filter(({ status }) => status === "fresh").map(({ freshness }) => freshness.deadline);
  const next = deadlines.reduce((first, deadline) => Math.min(first, deadline), Number.POSITIVE_INFINITY);
  return {
    critical: findings.filter(({ severity }) => severity === "critical").length,
    warning: findings.filter(({ severity }) => severity === "warning").length,
    info: findings.filter(({ severity }) => severity === "info").length,
    streams: streams.length,
    clusters: active.filter((verdicts) => verdicts.length > 0).length,
    objects,
    bytes,
    nextDeadline: Number.isFinite(next) ? instant(next) : null,
    requests,
    index: index && {
      listedAt: instant(index.listedAt),
      fullAt: instant(index.fullAt),
      missed: index.missed,
    },
  };
}

interface Ordered {
  readonly finding: Finding;
  readonly rank: string;
}

/** Worst first, then id, labels and blocks: the same bucket always gives the same order. */
function withOrder(finding: Finding): Ordered {
  const rank = [SEVERITIES.indexOf(finding.severity), finding.id, labelsId(finding.labels), finding.blocks[0] ?? ""];
  return { finding, rank: rank.join("\u0000") };
}

function worstFirst(a: Ordered, b: Ordered): number {
  return a.rank < b.rank ? -1 : Number(a.rank > b.rank);
}
