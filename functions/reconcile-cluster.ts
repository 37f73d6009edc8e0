import { syncAlerts } from "#alerts/sync";
import { onMessages } from "#functions/lambda";
import { parseLookMessage } from "#onboard/look-message";
import { lookUntilItWaits } from "#onboard/reconcile";
import { stepAlerts } from "#onboard/step-alerts";

/** Looks at a cluster, step after step, until it waits, needs a person, or is done; then says what is wrong. */
export const reconcileCluster = onMessages(async ({ body, deadline }, ports) => {
  const { ref, because } = parseLookMessage(body);
  ports.log.info("looking at a cluster", { cluster: ref.arn, because });
  const { record } = await lookUntilItWaits(ref, { ...ports, deadline });
  await syncAlerts(ports, `cluster:${ref.arn}`, record === undefined ? [] : stepAlerts(record, ports.clock.now()));
});
