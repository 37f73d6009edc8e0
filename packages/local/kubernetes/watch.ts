import type { ServerResponse } from "node:http";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { expired, invalidOptions } from "#local/kubernetes/failure";
import type { JsonObject } from "#local/kubernetes/json";
import { apiVersionOf, resourceOf } from "#local/kubernetes/kinds";
import { listObjects, matcherOf, presented, type Selection } from "#local/kubernetes/reads";
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
  const initial = initialEvents(query);
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
  const missed = initial !== "none" || from === "" || from === "0" ? [] : cluster.store.since(Number(from));
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  if (missed === undefined) {
    response.end(`${JSON.stringify({ type: "ERROR", object: expired().status })}\n`);
    return;
  }
  if (initial !== "none") for (const object of listObjects(cluster, selection)) send("ADDED", object);
  if (initial === "told") response.write(`${JSON.stringify(endOfInitialEvents(cluster, request))}\n`);
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

/** Whether a watch begins with what is there, and tells where that ends (a streaming list). KubeFailure 422. */
function initialEvents(query: URLSearchParams): "none" | "sent" | "told" {
  const asked = query.get("sendInitialEvents");
  const from = query.get("resourceVersion") ?? "";
  if (asked === null) return from === "" || from === "0" ? "sent" : "none";
  if (query.get("resourceVersionMatch") !== "NotOlderThan") {
    const problem = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    throw invalidOptions("ListOptions", "resourceVersionMatch", problem);
  }
  if (asked !== "true") return "none";
  return query.get("allowWatchBookmarks") === "true" ? "told" : "sent";
}

function endOfInitialEvents(cluster: EmbeddedCluster, { selection, metadataOnly }: WatchRequest): JsonObject {
  const annotations = { "k8s.io/initial-events-end": "true" };
  const metadata = { resourceVersion: String(cluster.store.revision()), annotations };
  const { kind } = selection;
  const type = metadataOnly
    ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" }
    : { kind: kind.kind, apiVersion: apiVersionOf(kind) };
  return { type: "BOOKMARK", object: { ...type, metadata } };
}
