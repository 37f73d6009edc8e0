import { clusterReach } from "#functions/cluster-reach";
import { deployedForFleet } from "#functions/deployed-for-fleet";
import { reconcileCluster } from "#functions/reconcile-cluster";

export const handler = deployedForFleet(reconcileCluster, clusterReach);
