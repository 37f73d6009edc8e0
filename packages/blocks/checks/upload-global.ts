import { lateEvidence } from "#blocks/checks/upload-text";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { command, steps } from "#blocks/remedy";
import type { Verdict } from "#blocks/streams/verdict";
import { count, counted, instant } from "#blocks/text";

/** In a small fleet one cluster is more than the share. */
const LEAST_STREAMS = 5;
const LEAST_CLUSTERS = 3;
const SHARE = 0.3;
const STREAMS_LISTED = 50;

/** `upload.global`: within one block range more than 30 % of all streams became late, and are. One cause, not many. */
export function uploadGlobal(model: BucketModel): readonly Finding[] {
  const active = [...model.clusters.values()].flat().filter(({ status }) => status !== "retired");
  const late = active
    .filter(({ status }) => status === "late")
    .sort((a, b) => a.freshness.deadline - b.freshness.deadline);
  const together = mostAtOnce(late, model.settings.blockRange);
  const clusters = new Set(together.map(({ stream }) => stream.clusterId)).size;
  const [first] = together;
  if (first === undefined || together.length < LEAST_STREAMS || clusters < LEAST_CLUSTERS) return [];
  if (together.length <= SHARE * active.length) return [];
  return [finding(together, { first, clusters, streams: active.length })];
}

/** The largest set of deadlines less than `within` apart, of verdicts in order of their deadlines. */
function mostAtOnce(late: readonly Verdict[], within: number): readonly Verdict[] {
  let best: readonly [number, number] = [0, 0];
  let from = 0;
  for (const [index, { freshness }] of late.entries()) {
    while (freshness.deadline - (late[from]?.freshness.deadline ?? 0) >= within) from += 1;
    if (index + 1 - from > best[1] - best[0]) best = [from, index + 1];
  }
  return late.slice(...best);
}

function finding(
  together: readonly Verdict[],
  { first, clusters, streams }: { readonly first: Verdict; readonly clusters: number; readonly streams: number },
): Finding {
  const last = together.at(-1) ?? first;
  return {
    id: "upload.global",
    severity: "critical",
    summary: `${count(together.length)} of ${counted(streams, "stream")}, of ${counted(clusters, "cluster")}, became late between ${instant(first.freshness.deadline)} and ${instant(last.freshness.deadline)}, and still are.`,
    labels: {},
    groupKey: null,
    blocks: together.map(({ stream }) => stream.newest.ulid),
    since: instant(first.freshness.deadline),
    evidence: {
      lateStreams: together.length,
      activeStreams: streams,
      clusters,
      streams: together
        .slice(0, STREAMS_LISTED)
        .map((verdict) => ({ stream: verdict.stream.labels, ...lateEvidence(verdict) })),
    },
    consequence:
      "No cluster among them gets new history. The samples wait on the producers' disks; they are lost with a volume, and in any case once the local retention passes them (24 h in many installations).",
    remedy: steps(
      "Look for what they have in common: the bucket (its policy, its KMS key, a service control policy), the credentials or the role, DNS and egress, a release of the sidecar that went everywhere.",
      `Read the error of any one of them; it is the same in all:${command("kubectl -n monitoring logs <pod> -c thanos-sidecar --since=1h | grep shipper.go")}`,
      "Undo that one change. Each producer then uploads what it has, oldest first, within a minute; there is nothing to do per cluster.",
      "Until then lengthen the producers' local retention if the cure takes long, and delete no volume.",
    ),
  };
}
