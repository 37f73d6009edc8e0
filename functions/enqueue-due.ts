import { enqueueLook } from "#functions/enqueue";
import { onTick } from "#functions/lambda";

/** Looks per tick; what is left over is due at the next one. */
const LIMIT = 500;

/** "Look again at 10:05" is a field of the record; this tick turns it into a message when the time has come. */
export const enqueueDue = onTick(async (ports) => {
  for (const { arn, lookAt } of await ports.registry.due(ports.clock.now(), LIMIT)) {
    await enqueueLook(ports, { arn, because: `due at ${lookAt}`, dedupId: `due ${lookAt}` });
  }
});
