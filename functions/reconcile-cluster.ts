import { syncAlerts } from "#alerts/sync";
import { onMessages } from "#functions/lambda";
import { parseLookMessage } from "#onboard/look-message";
import { lookUntilItWaits } from "#onboard/reconcile";
import { stepAlerts } from "#onboard/step-alerts";

/** Looks at a cluster, step after step, until it waits, needs a person, or is done; then says what is wrong. */
export const reconcileCluster = onMessages(async ({ body, deadline }, ports) => {
  const { ref, because, drill } = parseLookMessage(body);
  ports.log.info("looking at a cluster", { cluster: ref.arn, because });
  const look = await lookUntilItWaits(ref, { ...ports, deadline, recordsAll: drill });
  const { record } = look;
  if (record === undefined) ports.log.info("nothing to look at", { cluster: ref.arn, because: look.because });
  await syncAlerts(ports, `${SOURCE}${ref.arn}`, record === undefined ? [] : stepAlerts(record, ports.clock.now()));
});

const SOURCE = "cluster:";

/** The ARN of the cluster that a source of alerts is about; undefined for any other source. */
export function clusterOf(source: string): string | undefined {
  return source.startsWith(SOURCE) ? source.slice(SOURCE.length) : undefined;
}
