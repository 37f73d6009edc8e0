import { deployed } from "#functions/deployed";
import { routeClusterEvent } from "#functions/route-cluster-event";

export const handler = deployed(routeClusterEvent);
