import { formatProblems } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { parseClusterEvent } from "#fleet/events";
import { enqueueLook } from "#functions/enqueue";
import { onMessages } from "#functions/lambda";

/** A CloudTrail event becomes "look at this cluster"; it is never taken for the state of anything. */
export const routeClusterEvent = onMessages(async ({ body }, ports) => {
  const event = parseClusterEvent(body);
  switch (event.outcome) {
    case "reject":
      throw new TerminalError(`event cannot be read: ${formatProblems(event.problems)}`, {
        reason: "malformed-event",
        remedy: "Mend the event and redrive it, or delete it: a sweep finds the cluster anyway.",
      });
    case "ignore":
      return ports.log.info("cluster event ignored", { reason: event.reason, detail: event.detail });
    case "look":
      return enqueueLook(ports, {
        arn: event.cluster.arn,
        because: event.because,
        dedupId: event.eventId,
        drill: event.drill ?? false,
      });
  }
});
