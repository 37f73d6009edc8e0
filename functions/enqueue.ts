import { createHash } from "node:crypto";
import type { Ports } from "#functions/ports";
import { lookMessage } from "#onboard/look-message";

/** Asks for a look at a cluster. The queue drops a second message of the same `dedupId` for five minutes. */
export async function enqueueLook(
  { queues }: Pick<Ports, "queues">,
  look: { readonly arn: string; readonly because: string; readonly dedupId: string },
): Promise<void> {
  // SQS takes 128 characters of a limited alphabet; ids of events and ARNs with times need not fit.
  const dedupId = createHash("sha256").update(`${look.arn} ${look.dedupId}`).digest("hex");
  await queues.send("clusters.fifo", { body: lookMessage(look.arn, look.because), groupId: look.arn, dedupId });
}
