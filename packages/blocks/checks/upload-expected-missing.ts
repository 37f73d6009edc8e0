import { includesLabels, type Labels, labelsText } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { command, steps } from "#blocks/remedy";

/** `upload.expected-missing`: a cluster of the settings of which the bucket has no block at all. */
export function uploadExpectedMissing(model: BucketModel): readonly Finding[] {
  const labelSets = [...model.byStream.values()].flatMap(([first]) => (first === undefined ? [] : [first.meta.labels]));
  return model.settings.expectedClusters
    .filter((wanted) => !labelSets.some((labels) => includesLabels(labels, wanted)))
    .map((wanted) => finding(wanted, model));
}

function finding(wanted: Labels, { settings, readable }: BucketModel): Finding {
  return {
    id: "upload.expected-missing",
    severity: "critical",
    summary: `No block in the bucket carries ${labelsText(wanted)}, which the settings expect.`,
    labels: wanted,
    groupKey: null,
    blocks: [],
    since: null,
    evidence: { expected: wanted, readableBlocks: readable.length, expectedClusters: settings.expectedClusters.length },
    consequence:
      "Nothing of this cluster is kept beyond its own Prometheus's local retention, and queries for more find nothing. A new cluster's first block is there 3 h after the first full 2 h window began, at the latest 5 h after its start.",
    remedy: steps(
      `See whether its Prometheus has a sidecar with a bucket (--objstore.config-file) at all, and what the shipper says:${command("kubectl -n monitoring logs <pod> -c thanos-sidecar --since=1h | grep shipper.go")}`,
      `See whether its external labels are these: ${labelsText(wanted)}. A sidecar without external labels does not start; one with others makes another stream.`,
      "See whether it uploads to another bucket, or another prefix.",
      "If the cluster is gone or not there yet, take it off expectedClusters in the audit's settings.",
    ),
  };
}
