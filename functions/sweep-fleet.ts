import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { enqueueLook } from "#functions/enqueue";
import { onTick } from "#functions/lambda";
import { sweep } from "#onboard/sweep";

/** What events may have missed: every cluster of every account and region gets a look. A listing that fails changes nothing. */
export const sweepFleet = onTick(async (ports) => {
  const at = ports.clock.now().toISOString();
  const { failures } = await sweep({
    ...ports,
    enqueue: ({ arn }, because) => enqueueLook(ports, { arn, because, dedupId: `sweep ${at}` }),
  });
  const alerts = failures.map(({ scope, error }) => listingFailed({ what: `${scope.account} ${scope.region}`, error }));
  await syncAlerts(ports, "sweep", alerts);
});
