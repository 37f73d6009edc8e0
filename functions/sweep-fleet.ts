import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { parseClusterArn } from "#fleet/cluster";
import { isInScope } from "#fleet/select";
import { enqueueLook } from "#functions/enqueue";
import { onTick } from "#functions/lambda";
import type { Ports } from "#functions/ports";
import { clusterOf } from "#functions/reconcile-cluster";
import { sweep } from "#onboard/sweep";

/** What events may have missed: every cluster of every account and region gets a look. A listing that fails changes nothing. */
export const sweepFleet = onTick(async (ports) => {
  const at = ports.clock.now().toISOString();
  const { found, enqueued, failures } = await sweep({
    ...ports,
    mentioned: () => mentioned(ports),
    enqueue: ({ arn }, because) => enqueueLook(ports, { arn, because, dedupId: `sweep ${at}` }),
  });
  ports.log.info("swept", { found, looks: enqueued, scopesNotListed: failures.length });
  const alerts = failures.map(({ scope, error }) => listingFailed({ what: `${scope.account} ${scope.region}`, error }));
  await syncAlerts(ports, "sweep", alerts);
});

/** A registry that was lost knows nothing of clusters that have gone since; the store list and alerts do. */
async function mentioned({ storeList, alertStates, config }: Ports): Promise<readonly string[]> {
  const listed = ((await storeList.read())?.state.entries ?? []).map(({ cluster }) => cluster);
  const reported = (await alertStates.allFiring()).map(({ source }) => clusterOf(source) ?? "");
  // An endpoint outside of the scopes stays as it is; an alert there has nobody left who could resolve it.
  const isOurs = (arn: string) => isInScope(config.scopes, parseClusterArn(arn) ?? NOWHERE);
  return [...listed.filter(isOurs), ...reported];
}

const NOWHERE = { account: "", region: "" };
