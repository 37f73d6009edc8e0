import type { EmbeddedCluster } from "#local/kubernetes/cluster";
import { badRequest, KubeFailure, notFound } from "#local/kubernetes/failure";
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

/** One page. The token names the last object and the revision; unlike etcd's, a later page shows the present and not that revision. */
export function listPage(cluster: EmbeddedCluster, selection: Selection, at: { limit?: number; token?: string }): Page {
  const all = listObjects(cluster, selection);
  const from = at.token === undefined ? undefined : decodeToken(at.token);
  const rest = from === undefined ? all : all.filter((object) => orderKey(object) > from.after);
  const resourceVersion = from?.revision ?? String(cluster.store.revision());
  if (at.limit === undefined || at.limit === 0 || rest.length <= at.limit) return { items: rest, resourceVersion };
  const items = rest.slice(0, at.limit);
  const last = items.at(-1);
  const token = { revision: resourceVersion, after: last === undefined ? "" : orderKey(last) };
  return {
    items,
    resourceVersion,
    continue: Buffer.from(JSON.stringify(token)).toString("base64url"),
    remainingItemCount: rest.length - items.length,
  };
}

function orderKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

function decodeToken(token: string): { readonly revision: string; readonly after: string } {
  const [, revision, after] =
    /^\{"revision":"(\d+)","after":"([^"]*)"\}$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (revision === undefined || after === undefined) throw badRequest("continue key is not valid");
  return { revision, after };
}

/** What a watch or a page gets that reaches back further than the server remembers. */
export function expired(): KubeFailure {
  return new KubeFailure(410, "Expired", "The resourceVersion for the provided watch is too old.");
}
