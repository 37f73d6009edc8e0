import { checkStores } from "#functions/check-store-list";
import { clusterReach } from "#functions/cluster-reach";
import { deployed } from "#functions/deployed";

export const handler = deployed(checkStores, clusterReach);
