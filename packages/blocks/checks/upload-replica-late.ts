import { coveredBy, findTheProducer, lateEvidence, whatIsMissing } from "#blocks/checks/upload-text";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import type { Verdict } from "#blocks/streams/verdict";
import { instant } from "#blocks/text";

/** `upload.replica-late`: a late stream whose sibling is fresh. Queries are covered; the redundancy is gone. */
export function uploadReplicaLate(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flatMap((cluster) => {
    const sibling = cluster.find(({ status }) => status === "fresh");
    if (sibling === undefined) return [];
    return cluster.filter(({ status }) => status === "late").map((late) => replicaFinding(late, sibling, model));
  });
}

function replicaFinding(late: Verdict, sibling: Verdict, model: BucketModel): Finding {
  const { stream, freshness } = late;
  return {
    id: "upload.replica-late",
    severity: "warning",
    summary: `One replica is late while another is on time. ${whatIsMissing(late)}.`,
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [stream.newest.ulid],
    since: instant(freshness.deadline),
    evidence: {
      ...lateEvidence(late),
      cluster: stream.cluster,
      coveredBy: sibling.stream.labels,
      coveredUntil: instant(sibling.stream.newest.maxTime),
    },
    consequence: coveredBy(sibling),
    remedy: findTheProducer(late),
  };
}
