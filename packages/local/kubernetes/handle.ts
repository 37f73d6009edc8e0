import * as v from "valibot";
import { parseWith } from "#config/schema";
import { type Access, authorize } from "#local/kubernetes/authorization";
import { discovered } from "#local/kubernetes/discovery";
import type { EmbeddedCluster, User } from "#local/kubernetes/embedded-cluster";
import { type Answer, type Exchange, writeOptionsOf } from "#local/kubernetes/exchange";
import { badRequest, invalidOptions, KubeFailure } from "#local/kubernetes/failure";
import { asObject } from "#local/kubernetes/json";
import { patchTypeOf } from "#local/kubernetes/patch";
import { proxied } from "#local/kubernetes/proxy";
import { listObjects, listPage, readObject, type Selection } from "#local/kubernetes/reads";
import { deletedStatus, listOf, metadataOf, wantsMetadata } from "#local/kubernetes/represent";
import { type Route, routeOf } from "#local/kubernetes/route";
import type { WatchRequest } from "#local/kubernetes/watch";
import {
  createObject,
  deleteObject,
  patchObject,
  replaceObject,
  type WriteOptions,
  type Written,
} from "#local/kubernetes/writes";

type ObjectsRoute = Extract<Route, { to: "objects" }>;
type ObjectRoute = Extract<Route, { to: "object" }>;

const DeleteOptions = v.object({
  preconditions: v.optional(v.object({ uid: v.optional(v.string()), resourceVersion: v.optional(v.string()) }), {}),
  dryRun: v.optional(v.array(v.string()), []),
});

/** Answers one request, or says that it is a watch. KubeFailure for a refusal. */
export async function handle(
  cluster: EmbeddedCluster,
  exchange: Exchange,
  user: User | null,
): Promise<Answer | WatchRequest> {
  const found = discovered(cluster, exchange.url.pathname);
  if (found !== undefined) return { code: 200, body: found };
  const route = routeOf(cluster, exchange.url);
  authorize(cluster, user, accessOf(cluster, exchange, route));
  if (route.to === "proxy") {
    const { status, body } = await proxied(cluster, route.service, route.path);
    return { code: status, body };
  }
  return route.to === "object" ? handleObject(cluster, exchange, route) : handleObjects(cluster, exchange, route);
}

const ON_OBJECT: Readonly<Record<string, Access["verb"]>> = { PUT: "update", PATCH: "patch", DELETE: "delete" };
const ON_OBJECTS: Readonly<Record<string, Access["verb"]>> = { POST: "create", DELETE: "deletecollection" };

function accessOf(cluster: EmbeddedCluster, { method, url }: Exchange, route: Route): Access {
  if (route.to === "proxy") {
    const { namespace, service: name } = route.service;
    return { verb: "get", kind: cluster.kinds.require("v1", "Service"), subresource: "proxy", namespace, name };
  }
  const { kind, namespace } = route;
  if (route.to === "objects") {
    const read = isWatch(url.searchParams) ? "watch" : "list";
    return { verb: ON_OBJECTS[method] ?? read, kind, namespace };
  }
  const subresource = route.status ? { subresource: "status" as const } : {};
  return { verb: ON_OBJECT[method] ?? "get", kind, namespace, name: route.name, ...subresource };
}

function isWatch(query: URLSearchParams): boolean {
  return ["true", "1"].includes(query.get("watch") ?? "");
}

function handleObjects(cluster: EmbeddedCluster, exchange: Exchange, route: ObjectsRoute): Answer | WatchRequest {
  const { searchParams: query } = exchange.url;
  const { kind, namespace } = route;
  const metadataOnly = wantsMetadata(exchange.accept);
  const selection: Selection = {
    kind,
    namespace,
    labelSelector: query.get("labelSelector") ?? undefined,
    fieldSelector: query.get("fieldSelector") ?? undefined,
  };
  switch (exchange.method) {
    case "GET": {
      if (isWatch(query)) return { selection, query, metadataOnly };
      const token = query.get("continue");
      const page = { limit: Number(query.get("limit") ?? 0), ...(token ? { token } : {}) };
      return { code: 200, body: listOf(cluster, kind, listPage(cluster, selection, page), metadataOnly) };
    }
    case "POST":
      return answered(exchange, (options) => createObject(cluster, kind, { namespace, body: exchange.body }, options));
    case "DELETE": {
      const items = listObjects(cluster, selection);
      for (const { metadata } of items) deleteObject(cluster, { kind, ...metadata }, {});
      return { code: 200, body: listOf(cluster, kind, { items, resourceVersion: "" }, metadataOnly) };
    }
    default:
      throw notAllowed();
  }
}

function handleObject(cluster: EmbeddedCluster, exchange: Exchange, route: ObjectRoute): Answer | WatchRequest {
  switch (exchange.method) {
    case "GET": {
      const object = readObject(cluster, route);
      return { code: 200, body: wantsMetadata(exchange.accept) ? metadataOf(object) : object };
    }
    case "PUT":
      return answered(exchange, (options) =>
        replaceObject(cluster, route, exchange.body, { ...options, status: route.status }),
      );
    case "PATCH": {
      const type = patchTypeOf(exchange.contentType);
      if (type === undefined)
        throw new KubeFailure(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
      if (type === "apply") requireApplicable(exchange);
      return answered(exchange, (options) =>
        patchObject(cluster, route, { type, body: exchange.body }, { ...options, status: route.status }),
      );
    }
    case "DELETE":
      return deleted(cluster, exchange, route);
    default:
      throw notAllowed();
  }
}

function deleted(cluster: EmbeddedCluster, exchange: Exchange, route: ObjectRoute): Answer {
  const parsed = parseWith(DeleteOptions, exchange.body ?? {});
  if (!parsed.ok) throw badRequest("the body is no DeleteOptions");
  const { preconditions, dryRun } = parsed.value;
  const isDryRun = dryRun.includes("All") || writeOptionsOf(exchange).dryRun === true;
  const object = deleteObject(cluster, route, { ...preconditions, dryRun: isDryRun });
  const marked = object.metadata.deletionTimestamp !== undefined;
  return { code: 200, body: marked ? object : deletedStatus(route.kind, object) };
}

function answered(exchange: Exchange, write: (options: WriteOptions) => Written): Answer {
  const warnings: string[] = [];
  const { object, created } = write({ ...writeOptionsOf(exchange), warn: (text) => void warnings.push(text) });
  return { code: created ? 201 : 200, body: object, warnings };
}

/** KubeFailure 422 for an apply by nobody, 400 for one that says who holds what. */
function requireApplicable({ url, body }: Exchange): void {
  if (!url.searchParams.has("fieldManager")) {
    throw invalidOptions("PatchOptions", "fieldManager", "Required value: is required for apply patch");
  }
  const { managedFields } = asObject(asObject(body).metadata);
  if (managedFields !== undefined && managedFields !== null) throw badRequest("metadata.managedFields must be nil");
}

function notAllowed(): KubeFailure {
  return new KubeFailure(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
