import { createHash } from "node:crypto";
import type { Ports } from "#functions/ports";
import { lookMessage } from "#onboard/look-message";

/** Asks for a look at a cluster. The queue drops a second message of the same `dedupId` for five minutes. */
export async function enqueueLook(
  { queues }: Pick<Ports, "queues">,
  look: { readonly arn: string; readonly because: string; readonly dedupId: string },
): Promise<void> {
  // SQS takes 128 characters of a limited alphabet; ids of events and ARNs with times need not fit.
  const dedupId = hash(`${look.arn} ${look.dedupId}`);
  await queues.send("clusters.fifo", {
    body: lookMessage(look.arn, look.because),
    groupId: groupOf(look.arn),
    dedupId,
  });
}

/** The ARN, or its hash where the cluster's name is too long for a message group. */
function groupOf(arn: string): string {
  return arn.length <= GROUP_ID_LIMIT ? arn : hash(arn);
}

const GROUP_ID_LIMIT = 128;

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
