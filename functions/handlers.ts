import { auditBuckets } from "#functions/audit-bucket";
import { checkStores } from "#functions/check-store-list";
import { enqueueDue } from "#functions/enqueue-due";
import { indexBlockEvent } from "#functions/index-block";
import type { HandlerFactory } from "#functions/lambda";
import { notifySlack } from "#functions/notify-slack";
import { publishAlerts } from "#functions/publish-alerts";
import { publishStores } from "#functions/publish-store-list";
import { reconcileCluster } from "#functions/reconcile-cluster";
import { routeClusterEvent } from "#functions/route-cluster-event";
import { sweepFleet } from "#functions/sweep-fleet";
import type { FunctionName } from "#stacks/wiring";

/** Every function of the wiring by its name. */
export const handlers = {
  "route-cluster-event": routeClusterEvent,
  "reconcile-cluster": reconcileCluster,
  "enqueue-due": enqueueDue,
  "sweep-fleet": sweepFleet,
  "publish-store-list": publishStores,
  "check-store-list": checkStores,
  "index-block": indexBlockEvent,
  "audit-full": auditBuckets,
  "audit-tail": auditBuckets,
  "audit-bucket": auditBuckets,
  "publish-alerts": publishAlerts,
  "notify-slack": notifySlack,
} as const satisfies Readonly<Record<FunctionName, HandlerFactory>>;
