import { auditBucket } from "#functions/audit-bucket";
import { checkStores } from "#functions/check-store-list";
import { enqueueAudits, enqueueListings } from "#functions/enqueue-buckets";
import { enqueueDue } from "#functions/enqueue-due";
import { indexBlockEvent } from "#functions/index-block";
import type { HandlerFactory } from "#functions/lambda";
import { listOne } from "#functions/list-bucket";
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
  "enqueue-listings": enqueueListings,
  "list-bucket": listOne,
  "enqueue-audits": enqueueAudits,
  "audit-bucket": auditBucket,
  "publish-alerts": publishAlerts,
  "notify-slack": notifySlack,
} as const satisfies Readonly<Record<FunctionName, HandlerFactory>>;
