import { parseBucketMessage } from "#blocks/bucket-message";
import type { BucketConfig } from "#config/fleet-config";
import { type HandlerFactory, type Message, onMessages } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** Answers messages about audited buckets. One that has left the configuration meanwhile has no turn any more. */
export function onBuckets(
  answer: (config: BucketConfig, ports: CommonPorts, message: Message) => Promise<void>,
): HandlerFactory<CommonPorts> {
  return onMessages<CommonPorts>(async (message, ports) => {
    const { url, because } = parseBucketMessage(message.body);
    const config = ports.config.buckets.find((bucket) => bucket.url === url);
    if (config === undefined) ports.log.info("a bucket that is audited no more", { bucket: url, because });
    else await answer(config, ports, message);
  });
}
