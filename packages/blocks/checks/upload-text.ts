import { labelsText } from "#blocks/block/labels";
import { command, steps } from "#blocks/remedy";
import type { Verdict } from "#blocks/streams/verdict";
import { age, counted, instant } from "#blocks/text";

/** What a late stream lacks, in one sentence without its full stop. */
export function whatIsMissing({ stream, freshness }: Verdict): string {
  const missing = `${counted(freshness.missedBlocks, "block")} of ${age(stream.range)}`;
  const verb = freshness.missedBlocks === 1 ? "is" : "are";
  return `${missing} ${verb} missing: the newest block ends at ${instant(stream.newest.maxTime)}, the next was due by ${instant(freshness.deadline)}`;
}

export function lateEvidence({ stream, freshness, pace }: Verdict): Readonly<Record<string, unknown>> {
  return {
    missedBlocks: freshness.missedBlocks,
    newestBlock: stream.newest.ulid,
    newestMaxTime: instant(stream.newest.maxTime),
    expectedMaxTime: instant(freshness.expectedMaxTime),
    deadline: instant(freshness.deadline),
    ...(pace.expected !== undefined && { expectedAt: instant(pace.expected) }),
    slackMs: pace.slack,
    ...(pace.origin === "inferred" && { slackLearnedFromUploads: pace.uploads }),
    blockRangeMs: stream.range,
    producer: producerOf(stream).name,
  };
}

export function unsentSamples(since: number): string {
  return `What was scraped after ${instant(since)} is only on the producer's disk. It is lost with its volume, and in any case once its local retention passes it.`;
}

/** What a replica that is on time makes up for. */
export function coveredBy({ stream: { labels, newest } }: Verdict): string {
  return `Queries are covered by ${labelsText(labels)}, up to ${instant(newest.maxTime)}. If that one stops too, the cluster has no history.`;
}

export function findTheProducer({ stream }: Verdict): string {
  const { who, container } = producerOf(stream);
  const pod = `the ${who} with ${labelsText(stream.labels)}`;
  return steps(
    `See whether ${pod} runs at all: from the bucket a stopped producer looks the same as a stopped upload.${command("kubectl -n monitoring get pods -o wide")}`,
    `Read what the shipper says; it tries every 30 s, and one block that fails holds up all newer ones.${command(`kubectl -n monitoring logs <pod> -c ${container} --since=1h | grep shipper.go`)}`,
    "Look at thanos_shipper_dir_sync_failures_total; thanos_shipper_upload_failures_total stays 0 in the default mode.",
    "Check the producer's disk (space, <data>/thanos.shipper.json, the oldest block that is not in it) and its right to write to the bucket. Do not delete its volume: it holds the only copy.",
  );
}

interface Producer {
  readonly name: string;
  readonly who: string;
  readonly container: string;
}

function producerOf({ isReceive, newest }: Verdict["stream"]): Producer {
  if (isReceive) return { name: "receive", who: "receiver", container: "thanos-receive" };
  if (newest.source === "ruler") return { name: "ruler", who: "ruler", container: "thanos-ruler" };
  return {
    name: newest.source === "sidecar" ? "sidecar" : "sidecar or ruler",
    who: "Prometheus",
    container: "thanos-sidecar",
  };
}
