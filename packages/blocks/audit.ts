import type { Bucket, ObjectStore } from "#blocks/bucket";
import { CHECKS } from "#blocks/catalogue";
import { AUDIT_REPORT_VERSION, type AuditProgress, type AuditReport, type Finding, SEVERITIES } from "#blocks/finding";
import { groupKeys } from "#blocks/group-key";
import { labelsId } from "#blocks/labels";
import { type BucketModel, bucketModel } from "#blocks/model";
import { type BucketReading, readBucket } from "#blocks/read-bucket";
import { rulesInUse } from "#blocks/rules";
import { instant } from "#blocks/text";
import type { AuditSettings } from "#config/audit-settings";

export interface AuditRequest {
  readonly bucket: Bucket;
  readonly settings: AuditSettings;
  /** The time the bucket is judged at. */
  readonly now: Date;
  /** Keeps what was read of metas and marks from one audit to the next. */
  readonly index?: ObjectStore;
  readonly onProgress?: (progress: AuditProgress) => void;
  /** Milliseconds of a clock that only goes forward, for `summary.seconds`. */
  readonly stopwatch?: () => number;
}

/**
 * Audits a bucket: lists it, reads what it must, judges. Read-only but for the index. Bad blocks become findings; an error of
 * the store is thrown with nothing judged, since half a listing would look like a broken bucket.
 */
export async function auditBucket(request: AuditRequest): Promise<AuditReport> {
  const { bucket, settings, now, onProgress, stopwatch = () => performance.now() } = request;
  const started = stopwatch();
  const { headerShare } = settings;
  const reading = await readBucket({ bucket, index: request.index, headerShare, onProgress });
  const groupKeyOf = await groupKeys();
  onProgress?.({ phase: "judge", done: 0, total: CHECKS.length });
  const { url, endpoint } = bucket;
  const { blocks, foreign, uploads, headers } = reading;
  const read = { blocks, foreign, uploads, headers };
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
    summary: { ...summaryOf(model, reading, findings), seconds: (stopwatch() - started) / 1000 },
  };
}

function summaryOf(
  { clusters }: BucketModel,
  { objects, bytes, requests }: BucketReading,
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
