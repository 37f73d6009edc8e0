import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { badRequest, expiredPage, notFound } from "#local/kubernetes/failure";
import { apiVersionOf, type Kind, resourceOf } from "#local/kubernetes/kinds";
import { fieldMatcher, labelMatcher } from "#local/kubernetes/selectors";
import type { KubeObject } from "#onboard/ports";

/** One object by its kind; `namespace` is left out for a cluster-wide kind. */
export interface Target {
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface Selection {
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function findObject(cluster: EmbeddedCluster, { kind, namespace, name }: Target): KubeObject | undefined {
  cluster.settle();
  const object = cluster.store.get(resourceOf(kind), kind.namespaced ? namespace : undefined, name);
  return object === undefined ? undefined : presented(object, kind);
}

/** KubeFailure 404 when there is none. */
export function readObject(cluster: EmbeddedCluster, target: Target): KubeObject {
  const object = findObject(cluster, target);
  if (object === undefined) throw notFound(target.kind, target.name);
  return object;
}

/** All versions of a kind show the same objects. */
export function presented(object: KubeObject, kind: Kind): KubeObject {
  const apiVersion = apiVersionOf(kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

export function matcherOf(selection: Selection): (object: KubeObject) => boolean {
  const { labelSelector = "", fieldSelector = "", namespace } = selection;
  const byLabel = labelMatcher(labelSelector);
  const byField = fieldMatcher(fieldSelector);
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    byLabel(object.metadata.labels ?? {}) &&
    byField(object);
}

export function listObjects(cluster: EmbeddedCluster, selection: Selection): readonly KubeObject[] {
  cluster.settle();
  const objects = cluster.store.list(resourceOf(selection.kind), selection.namespace);
  const { labelSelector = "", fieldSelector = "" } = selection;
  const matching = labelSelector === "" && fieldSelector === "" ? objects : objects.filter(matcherOf(selection));
  return matching.map((object) => presented(object, selection.kind));
}

/** In a token: at whatever revision it is by then. */
const PRESENT = "-1";

/** One page. The token names the last object and the revision, which later pages show too. KubeFailure 410 when it is forgotten. */
export function listPage(cluster: EmbeddedCluster, selection: Selection, at: { limit?: number; token?: string }): Page {
  const from = at.token === undefined ? undefined : decodeToken(at.token);
  const resourceVersion =
    from === undefined || from.revision === PRESENT ? String(cluster.store.revision()) : from.revision;
  const all = from === undefined ? listObjects(cluster, selection) : objectsAt(cluster, selection, from);
  const rest = from === undefined ? all : all.filter((object) => orderKey(object) > from.after);
  if (at.limit === undefined || at.limit === 0 || rest.length <= at.limit) return { items: rest, resourceVersion };
  const items = rest.slice(0, at.limit);
  const last = items.at(-1);
  const token = encodeToken({ revision: resourceVersion, after: last === undefined ? "" : orderKey(last) });
  return {
    items,
    resourceVersion,
    continue: token,
    remainingItemCount: rest.length - items.length,
  };
}

function orderKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

interface PageStart {
  readonly revision: string;
  readonly after: string;
}

/** What a list showed at the revision: the present, with every event since taken back. */
function objectsAt(
  cluster: EmbeddedCluster,
  selection: Selection,
  { revision, after }: PageStart,
): readonly KubeObject[] {
  if (revision === PRESENT) return listObjects(cluster, selection);
  const since = cluster.store.since(Number(revision));
  if (since === undefined) throw expiredPage(encodeToken({ revision: PRESENT, after }));
  const resource = resourceOf(selection.kind);
  const then = new Map(cluster.store.list(resource).map((object) => [orderKey(object), object]));
  for (const event of since.filter((one) => one.resource === resource).toReversed()) {
    if (event.previous === undefined) then.delete(orderKey(event.object));
    else then.set(orderKey(event.object), event.previous);
  }
  const ordered = [...then].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  return ordered.filter(matcherOf(selection)).map((object) => presented(object, selection.kind));
}

function encodeToken(token: PageStart): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function decodeToken(token: string): PageStart {
  const [, revision, after] =
    /^\{"revision":"(-?\d+)","after":"([^"]*)"\}$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (revision === undefined || after === undefined) throw badRequest("continue key is not valid");
  return { revision, after };
}
