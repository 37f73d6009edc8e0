import { findTheProducer, lateEvidence, unsentSamples, whatIsMissing } from "#blocks/checks/upload-text";
import type { Finding, FindingSeverity } from "#blocks/finding";
import { labelsText } from "#blocks/labels";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { instant } from "#blocks/text";
import type { Verdict } from "#blocks/verdict";

const CRITICAL_AT = 3;

/** `upload.late`: a stream missed its deadline. Critical from three blocks on, or when no replica of the cluster is fresh. */
export function uploadLate(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flatMap((cluster) => {
    const isCovered = cluster.some(({ status }) => status === "fresh");
    return cluster
      .filter(({ status }) => status === "late" || status === "succeeded")
      .map((verdict) => lateFinding(verdict, severityOf(verdict, isCovered), model));
  });
}

function severityOf({ status, freshness }: Verdict, isCovered: boolean): FindingSeverity {
  if (status === "succeeded") return "info";
  return freshness.missedBlocks >= CRITICAL_AT || !isCovered ? "critical" : "warning";
}

function lateFinding(verdict: Verdict, severity: FindingSeverity, model: BucketModel): Finding {
  const { stream, freshness, successor } = verdict;
  const common = {
    id: "upload.late",
    severity,
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [stream.newest.ulid],
    since: instant(freshness.deadline),
  } as const;
  if (successor === undefined) {
    return {
      ...common,
      summary: `${whatIsMissing(verdict)}.`,
      evidence: lateEvidence(verdict),
      consequence: unsentSamples(stream.newest.maxTime),
      remedy: findTheProducer(verdict),
    };
  }
  return {
    ...common,
    summary: `The stream ended at ${instant(stream.newest.maxTime)}; ${labelsText(successor)} began as it ended.`,
    evidence: { ...lateEvidence(verdict), successor },
    consequence:
      "None for the samples, if the labels were changed on purpose. The blocks of the old stream are not compacted with those of the new one. This note ends 7 d after the stream did.",
    remedy: "Nothing, if the labels of this producer were changed on purpose; else look at why both exist.",
  };
}
