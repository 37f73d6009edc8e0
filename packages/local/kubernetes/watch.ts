import type { ServerResponse } from "node:http";
import type { EmbeddedCluster } from "#local/kubernetes/cluster";
import { KubeFailure } from "#local/kubernetes/failure";
import { resourceOf } from "#local/kubernetes/kinds";
import { expired, listObjects, matcherOf, presented, type Selection } from "#local/kubernetes/reads";
import { metadataOf } from "#local/kubernetes/represent";
import type { StoreEvent } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

/** How often a watched cluster lets its controllers act, so that a watch sees what has come due. */
const SETTLE_EVERY_MS = 50;

export interface WatchRequest {
  readonly selection: Selection;
  readonly query: URLSearchParams;
  readonly metadataOnly: boolean;
}

/** Streams events, one JSON document a line, until the client goes, the server closes or `timeoutSeconds` pass. */
export function streamWatch(cluster: EmbeddedCluster, request: WatchRequest, response: ServerResponse): void {
  const { selection, query, metadataOnly } = request;
  if (query.get("sendInitialEvents") !== null) throw noInitialEvents();
  cluster.settle();
  const matches = matcherOf(selection);
  const resource = resourceOf(selection.kind);

  function send(type: string, object: KubeObject): void {
    const shown = presented(object, selection.kind);
    response.write(`${JSON.stringify({ type, object: metadataOnly ? metadataOf(shown) : shown })}\n`);
  }

  function hear(event: StoreEvent): void {
    const seen = event.resource === resource ? seenAs(event, matches) : undefined;
    if (seen !== undefined) send(seen, event.object);
  }

  const from = query.get("resourceVersion") ?? "";
  const missed = from === "" || from === "0" ? [] : cluster.store.since(Number(from));
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  if (missed === undefined) {
    response.end(`${JSON.stringify({ type: "ERROR", object: expired().status })}\n`);
    return;
  }
  if (from === "" || from === "0") for (const object of listObjects(cluster, selection)) send("ADDED", object);
  for (const event of missed) hear(event);

  const unsubscribe = cluster.store.subscribe(hear);
  const settling = setInterval(() => cluster.settle(), SETTLE_EVERY_MS).unref();
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  const ending = seconds > 0 ? setTimeout(() => response.end(), seconds * 1000).unref() : undefined;
  response.once("close", () => {
    unsubscribe();
    clearInterval(settling);
    clearTimeout(ending);
  });
}

/** An object that begins or ceases to match a selector is added or deleted for its watcher. */
function seenAs(event: StoreEvent, matches: (object: KubeObject) => boolean): StoreEvent["type"] | undefined {
  const now = event.type !== "DELETED" && matches(event.object);
  const before = event.previous !== undefined && matches(event.previous);
  if (now) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

/** Clients fall back to a list and a watch. */
function noInitialEvents(): KubeFailure {
  const message =
    "ListOptions.meta.k8s.io is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
  return new KubeFailure(422, "Invalid", message, { kind: "ListOptions", group: "meta.k8s.io" });
}
