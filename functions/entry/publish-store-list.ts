import { clusterReach } from "#functions/cluster-reach";
import { deployedForFleet } from "#functions/deployed-for-fleet";
import { publishStores } from "#functions/publish-store-list";

export const handler = deployedForFleet(publishStores, clusterReach);
