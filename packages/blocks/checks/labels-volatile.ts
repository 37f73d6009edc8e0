import { type Labels, withoutLabels } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { command, steps } from "#blocks/remedy";
import type { Verdict } from "#blocks/streams/verdict";
import { count, instant } from "#blocks/text";

const DAY = 24 * 3_600_000;
const WINDOW = 7 * DAY;
const LISTED = 50;

/**
 * `labels.volatile`: a cluster of which more than three streams were seen in 7 d, three of which came and went in that
 * time, each at a time of its own. A replica label that changes with every restart, such as a pod's hash, does that; replicas
 * that stop together do not.
 */
export function labelsVolatile(model: BucketModel): readonly Finding[] {
  const { volatileStreams } = model.settings.thresholds;
  const from = model.now - WINDOW;
  return [...model.clusters.values()].flatMap((cluster) => {
    const seen = cluster.filter(({ stream }) => stream.newest.maxTime >= from);
    const brief = seen.filter(({ status, stream }) => status !== "fresh" && stream.firstMinTime >= from);
    const ends = new Set(brief.map(({ stream }) => stream.newest.maxTime)).size;
    const [first] = brief;
    if (first === undefined || seen.length <= volatileStreams || ends < volatileStreams) return [];
    return [finding(first.stream.cluster, { seen, brief, from })];
  });
}

function finding(
  cluster: Labels,
  of: { readonly seen: readonly Verdict[]; readonly brief: readonly Verdict[]; readonly from: number },
): Finding {
  const { seen, brief, from } = of;
  const lastEnd = brief.reduce((last, { stream }) => Math.max(last, stream.newest.maxTime), from);
  return {
    id: "labels.volatile",
    severity: "warning",
    summary: `${count(seen.length)} streams of this cluster in 7 d, of which ${count(brief.length)} came and went: their replica labels do not stay.`,
    labels: cluster,
    groupKey: null,
    blocks: brief.map(({ stream }) => stream.newest.ulid),
    since: instant(lastEnd),
    evidence: {
      streams: seen.length,
      cameAndWent: brief.length,
      replicas: seen.slice(0, LISTED).map(({ stream, status }) => ({
        replica: withoutLabels(stream.labels, Object.keys(cluster)),
        status,
        from: instant(stream.firstMinTime),
        to: instant(stream.newest.maxTime),
      })),
    },
    consequence:
      "Each is a stream of its own: its few short blocks are never compacted with others, and never downsampled. The number of blocks grows with every restart, and the audit cannot tell a lost replica from a renamed one.",
    remedy: steps(
      `Give the producers replica labels that survive a restart: a StatefulSet's pod name, not a Deployment's. See what is set now:${command("kubectl get prometheus --all-namespaces -o yaml | grep -A8 -e externalLabels -e replicaExternalLabelName")}`,
      "The old streams stay as they are until retention deletes them.",
    ),
  };
}
