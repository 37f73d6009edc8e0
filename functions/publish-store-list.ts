import { massRemovalRefused } from "#alerts/from-store-list";
import { syncAlerts } from "#alerts/sync";
import { onTick } from "#functions/lambda";
import { applyToObserver, findOnObserver } from "#onboard/observer";
import { addressesOf, endpointsConfigMap, endpointsRef } from "#stores/configmap";
import { publishStoreList } from "#stores/publish";

/** The registry changed: the Querier's list follows, under the guard, first where we keep it and then on the observer. */
export const publishStores = onTick(async (ports) => {
  if (ports.config.paused) return ports.log.info("store list left as it is: musterbook is paused");
  const records = await ports.registry.all();
  const published = await publishStoreList({
    storeList: ports.storeList,
    records,
    tls: ports.config.storesTls,
    now: ports.clock.now(),
    inForce: async () => addressesOf(await findOnObserver(ports, endpointsRef(ports.config.observer))),
  });
  await syncAlerts(ports, "stores", published.outcome === "refused" ? [massRemovalRefused(published)] : []);
  await applyToObserver(ports, endpointsConfigMap(ports.config.observer, published.state));
});
