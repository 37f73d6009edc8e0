import { deployedForFleet } from "#functions/deployed";
import { routeClusterEvent } from "#functions/route-cluster-event";

export const handler = deployedForFleet(routeClusterEvent);
