import { MusterbookError } from "#fleet/errors";
import { messagingId } from "#fleet/message-limits";
import type { Ports } from "#functions/ports";
import { lookMessage } from "#onboard/look-message";
import { looksIn } from "#stacks/vpcs";

/**
 * Asks for a look at a cluster, by the reconciler that its record names. One that nobody has looked at yet goes to the
 * reconciler outside of VPCs, which asks EKS. The queue drops a second message of the same `dedupId` for five minutes.
 */
export async function enqueueLook(
  { queues, registry, config }: Pick<Ports, "queues" | "registry" | "config">,
  look: { readonly arn: string; readonly because: string; readonly dedupId: string; readonly drill?: boolean },
): Promise<void> {
  const vpc = await vpcOnRecord(registry, look.arn);
  // A VPC that has left the configuration has no reconciler any more.
  const queue = looksIn(config.reach.vpc.find(({ id }) => id === vpc)?.id);
  await queues.send(queue, {
    body: lookMessage(look.arn, look.because, look.drill),
    groupId: messagingId(look.arn),
    dedupId: messagingId(`${look.arn} ${look.dedupId}`),
  });
}

/** The reconciler outside of VPCs passes a look on, or says what is wrong with the record: one is not to stop the others. */
async function vpcOnRecord(registry: Ports["registry"], arn: string): Promise<string | undefined> {
  try {
    return (await registry.get(arn))?.record.vpc;
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return undefined;
  }
}
