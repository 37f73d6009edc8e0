import { withoutLabels } from "#blocks/block/labels";
import { findTheProducer, lateEvidence, unsentSamples, whatIsMissing } from "#blocks/checks/upload-text";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import type { Verdict } from "#blocks/streams/verdict";
import { counted, instant } from "#blocks/text";

/** `upload.cluster-late`: every replica of a cluster is late, so that nothing covers its newest samples. */
export function uploadClusterLate(model: BucketModel): readonly Finding[] {
  return [...model.clusters.values()].flatMap((cluster) => {
    const late = cluster.filter(({ status }) => status === "late");
    return cluster.some(({ status }) => status === "fresh") ? [] : clusterFinding(late);
  });
}

function clusterFinding(late: readonly Verdict[]): Finding[] {
  const [newest] = [...late].sort((a, b) => b.stream.newest.maxTime - a.stream.newest.maxTime);
  if (newest === undefined) return [];
  // The cluster is late since the last of its replicas is.
  const since = late.reduce((last, { freshness }) => Math.max(last, freshness.deadline), 0);
  return [
    {
      id: "upload.cluster-late",
      severity: "critical",
      summary: `${counted(late.length, "stream")} of the cluster, and so all, are late. The best of them: ${whatIsMissing(newest)}.`,
      labels: newest.stream.cluster,
      groupKey: null,
      blocks: late.map(({ stream }) => stream.newest.ulid),
      since: instant(since),
      evidence: { streams: late.map(streamRow) },
      consequence: `The central Thanos has no history of this cluster after ${instant(newest.stream.newest.maxTime)}. ${unsentSamples(newest.stream.newest.maxTime)}`,
      remedy: findTheProducer(newest),
    },
  ];
}

function streamRow(verdict: Verdict): Readonly<Record<string, unknown>> {
  const { labels, cluster } = verdict.stream;
  return { replica: withoutLabels(labels, Object.keys(cluster)), ...lateEvidence(verdict) };
}
