import { keyWithin, parseBlockEvent } from "#blocks/bucket/event";
import { indexBlocks } from "#blocks/index/index-block";
import { formatProblems } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { together } from "#fleet/together";
import { type HandlerFactory, onMessages } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** A meta.json or a mark was written or removed: that block's entry of the index is read anew. One write for all of a batch. */
export const indexBlockEvent: HandlerFactory<CommonPorts> = (ports) => {
  const indexers = ports.config.buckets.map((config) => {
    const index = (keys: readonly string[]) =>
      indexBlocks({ bucket: ports.bucket(config), indexes: ports.indexes, keys });
    return { url: config.url, index: together(index) };
  });
  return onMessages<CommonPorts>(async ({ body }) => {
    const event = parseBlockEvent(body);
    if (!event.ok) {
      throw new TerminalError(`event cannot be read: ${formatProblems(event.problems)}`, {
        reason: "malformed-event",
        remedy: "Mend the event and redrive it, or delete it: the next full listing finds the block anyway.",
      });
    }
    for (const { url, index } of indexers) {
      const key = keyWithin(url, event.value);
      if (key !== undefined) await index(key);
    }
  })(ports);
};
