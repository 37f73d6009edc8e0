import { coveredBy, findTheProducer, lateEvidence, unsentSamples, whatIsMissing } from "#blocks/checks/upload-text";
import type { Finding, FindingSeverity } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import type { Verdict } from "#blocks/streams/verdict";
import { instant } from "#blocks/text";

const CRITICAL_AT = 3;

/** `upload.late`: a stream missed its deadline. Critical from three blocks on, or when no replica of the cluster is fresh. */
export function uploadLate(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flatMap((cluster) => {
    const sibling = cluster.find(({ status }) => status === "fresh");
    return cluster.filter(({ status }) => status === "late").map((late) => lateFinding(late, sibling, model));
  });
}

function severityOf({ freshness }: Verdict, sibling: Verdict | undefined): FindingSeverity {
  return freshness.missedBlocks >= CRITICAL_AT || sibling === undefined ? "critical" : "warning";
}

function lateFinding(verdict: Verdict, sibling: Verdict | undefined, model: BucketModel): Finding {
  const { stream, freshness } = verdict;
  const unsent = unsentSamples(stream.newest.maxTime);
  return {
    id: "upload.late",
    severity: severityOf(verdict, sibling),
    summary: `${whatIsMissing(verdict)}.`,
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [stream.newest.ulid],
    since: instant(freshness.deadline),
    evidence: lateEvidence(verdict),
    consequence: sibling === undefined ? unsent : `${unsent} ${coveredBy(sibling)}`,
    remedy: findTheProducer(verdict),
  };
}
