import { checkStores } from "#functions/check-store-list";
import { clusterReach } from "#functions/cluster-reach";
import { deployedForFleet } from "#functions/deployed-for-fleet";

export const handler = deployedForFleet(checkStores, clusterReach);
