import { clusterReach } from "#functions/cluster-reach";
import { deployed } from "#functions/deployed";
import { publishStores } from "#functions/publish-store-list";

export const handler = deployed(publishStores, clusterReach);
