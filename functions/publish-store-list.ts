import { massRemovalRefused } from "#alerts/from-store-list";
import { syncAlerts } from "#alerts/sync";
import { onTick } from "#functions/lambda";
import type { Ports } from "#functions/ports";
import { applyToObserver, findOnObserver } from "#onboard/observer";
import { addressesOf, endpointsConfigMap, endpointsRef, isPlaceholder } from "#stores/configmap";
import { publishStoreList } from "#stores/publish";

/** The registry changed: the Querier's list follows at once. */
export const publishStores = onTick(bringStoresUpToDate);

/**
 * Brings the Querier's list to what the registry says, under the guard, first where we keep it and then on the observer.
 * Writes nothing before the first endpoint is to be listed.
 */
export async function bringStoresUpToDate(ports: Ports): Promise<void> {
  const { config, storeList, registry, clock, log } = ports;
  if (config.paused) return log.info("store list left as it is: musterbook is paused");
  const published = await publishStoreList({
    storeList,
    records: await registry.all(),
    tls: config.storesTls,
    now: clock.now(),
    approved: config.approvedRemovals,
    inForce: async () => addressesOf(await findOnObserver(ports, endpointsRef(config.observer))),
  });
  await syncAlerts(ports, "stores", published.outcome === "refused" ? [massRemovalRefused(published)] : []);
  if (!published.stored) return;
  await applyToObserver(ports, endpointsConfigMap(config.observer, published.state), isPlaceholder);
}
