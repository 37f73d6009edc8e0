import { findTheProducer, lateEvidence, unsentSamples, whatIsMissing } from "#blocks/checks/upload-text";
import type { Finding, FindingSeverity } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { instant } from "#blocks/text";
import type { Verdict } from "#blocks/verdict";

const CRITICAL_AT = 3;

/** `upload.late`: a stream missed its deadline. Critical from three blocks on, or when no replica of the cluster is fresh. */
export function uploadLate(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flatMap((cluster) => {
    const isCovered = cluster.some(({ status }) => status === "fresh");
    return cluster
      .filter(({ status }) => status === "late")
      .map((verdict) => lateFinding(verdict, severityOf(verdict, isCovered), model));
  });
}

function severityOf({ freshness }: Verdict, isCovered: boolean): FindingSeverity {
  return freshness.missedBlocks >= CRITICAL_AT || !isCovered ? "critical" : "warning";
}

function lateFinding(verdict: Verdict, severity: FindingSeverity, model: BucketModel): Finding {
  const { stream, freshness } = verdict;
  return {
    id: "upload.late",
    severity,
    summary: `${whatIsMissing(verdict)}.`,
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [stream.newest.ulid],
    since: instant(freshness.deadline),
    evidence: lateEvidence(verdict),
    consequence: unsentSamples(stream.newest.maxTime),
    remedy: findTheProducer(verdict),
  };
}
