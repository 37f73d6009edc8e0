import { clusterReach } from "#functions/cluster-reach";
import { deployed } from "#functions/deployed";
import { reconcileCluster } from "#functions/reconcile-cluster";

export const handler = deployed(reconcileCluster, clusterReach);
