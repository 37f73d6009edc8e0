import { deployedForFleet } from "#functions/deployed-for-fleet";
import { routeClusterEvent } from "#functions/route-cluster-event";

export const handler = deployedForFleet(routeClusterEvent);
