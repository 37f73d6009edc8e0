import { type BucketMessage, parseBucketMessage } from "#blocks/bucket/bucket-message";
import { blocksWithin } from "#blocks/index/capacity";
import { type KeptIndexes, keptIndexes } from "#blocks/index/kept";
import type { BucketConfig } from "#config/fleet-config";
import { type HandlerFactory, onMessages } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** Of the function's memory, for decoded indexes from one invocation to the next, about. */
const KEPT_SHARE = 0.25;

/** The turn of a bucket. */
export interface Turn {
  readonly config: BucketConfig;
  /** Where the turn is not that of the whole bucket. */
  readonly stretch: BucketMessage["stretch"];
  readonly deadline: Date;
  /** What has not changed of an index since the last invocation is not read again. */
  readonly kept: KeptIndexes;
  /** What there is memory for. */
  readonly mostBlocks: number;
}

/** Answers messages about audited buckets. One that has left the configuration meanwhile has no turn any more. */
export function onBuckets(answer: (turn: Turn, ports: CommonPorts) => Promise<void>): HandlerFactory<CommonPorts> {
  return (ports) => {
    const { memoryMb } = ports.config.audit;
    const kept = keptIndexes(KEPT_SHARE * memoryMb * 2 ** 20);
    const mostBlocks = blocksWithin(memoryMb);
    return onMessages<CommonPorts>(async ({ body, deadline }) => {
      const { url, because, stretch } = parseBucketMessage(body);
      const config = ports.config.buckets.find((bucket) => bucket.url === url);
      if (config === undefined) ports.log.info("a bucket that is audited no more", { bucket: url, because });
      else await answer({ config, stretch, deadline, kept, mostBlocks }, ports);
    })(ports);
  };
}
