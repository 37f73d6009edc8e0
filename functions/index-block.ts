import { keyWithin, parseBlockEvent } from "#blocks/event";
import { indexBlock } from "#blocks/index-block";
import { formatProblems } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { onMessages } from "#functions/lambda";

/** A meta.json or a mark was written or removed: that block's entry of the index is read anew. */
export const indexBlockEvent = onMessages(async ({ body }, ports) => {
  const event = parseBlockEvent(body);
  if (!event.ok) {
    throw new TerminalError(`event cannot be read: ${formatProblems(event.problems)}`, {
      reason: "malformed-event",
      remedy: "Mend the event and redrive it, or delete it: the next full listing finds the block anyway.",
    });
  }
  for (const config of ports.config.buckets) {
    const key = keyWithin(config.url, event.value);
    if (key !== undefined) await indexBlock({ bucket: ports.bucket(config), indexes: ports.indexes, key });
  }
});
