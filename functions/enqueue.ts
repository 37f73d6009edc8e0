import { messagingId } from "#fleet/message-limits";
import type { Ports } from "#functions/ports";
import { lookMessage } from "#onboard/look-message";

/** Asks for a look at a cluster. The queue drops a second message of the same `dedupId` for five minutes. */
export async function enqueueLook(
  { queues }: Pick<Ports, "queues">,
  look: { readonly arn: string; readonly because: string; readonly dedupId: string; readonly drill?: boolean },
): Promise<void> {
  await queues.send("clusters.fifo", {
    body: lookMessage(look.arn, look.because, look.drill),
    groupId: messagingId(look.arn),
    dedupId: messagingId(`${look.arn} ${look.dedupId}`),
  });
}
