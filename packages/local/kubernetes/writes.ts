import { defaulted, fromBody, validate } from "#local/kubernetes/admission";
import { applicable, applied } from "#local/kubernetes/apply";
import { completed, timestamp } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { alreadyExists, conflict, notFound, preconditionFailed } from "#local/kubernetes/failure";
import { decoded, type FieldValidation, requireTyped } from "#local/kubernetes/field-validation";
import { asObject, sameJson, without } from "#local/kubernetes/json";
import { apiVersionOf, type Kind, resourceOf } from "#local/kubernetes/kinds";
import { afterUpdate, type Who } from "#local/kubernetes/managers";
import { type PatchType, patched } from "#local/kubernetes/patch";
import { findObject, presented, readObject, type Target } from "#local/kubernetes/reads";
import type { KubeObject } from "#onboard/ports";

export interface WriteOptions {
  /** The field manager. */
  readonly manager: string;
  /** Answers as the write would, and writes nothing. */
  readonly dryRun?: boolean;
  /** Server-side apply takes conflicting fields from their managers. */
  readonly force?: boolean;
  /** Writes the subresource `status`, and nothing else. */
  readonly status?: boolean;
  /** What becomes of unknown fields of a create or an update; `Warn` by default. */
  readonly validation?: FieldValidation;
  /** Told what is said besides the answer. */
  readonly warn?: (text: string) => void;
}

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** POST. KubeFailure 409 AlreadyExists; 404 when the namespace is not there. */
export function createObject(
  cluster: EmbeddedCluster,
  kind: Kind,
  at: { namespace?: string | undefined; body: unknown },
  options: WriteOptions,
): Written {
  const given = decodedBy(options, fromBody(at.body, kind, { namespace: at.namespace }), kind);
  const named = generated(cluster, given);
  const target = { kind, namespace: named.metadata.namespace, name: named.metadata.name };
  if (findObject(cluster, target) !== undefined) throw alreadyExists(kind, target.name);
  const object = applicable(named, kind.status);
  const owned = afterUpdate(
    undefined,
    defaulted(object, kind),
    scene(cluster, kind, { ...options, operation: "Update" }),
  );
  return { object: commit(cluster, target, { before: undefined, after: owned }, options), created: true };
}

/** PUT. A resourceVersion in the body must be the current one: KubeFailure 409 Conflict. */
export function replaceObject(cluster: EmbeddedCluster, target: Target, body: unknown, options: WriteOptions): Written {
  const wanted = decodedBy(options, fromBody(body, target.kind, target), target.kind);
  const before = readObject(cluster, target);
  const { resourceVersion, uid } = wanted.metadata;
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== before.metadata.resourceVersion)
    throw stale(target);
  if (uid !== undefined && uid !== before.metadata.uid) throw stale(target);
  return { object: update(cluster, target, { before, after: wanted }, options), created: false };
}

/** PATCH. Apply creates what is missing; any other patch of a missing object is KubeFailure 404. */
export function patchObject(
  cluster: EmbeddedCluster,
  target: Target,
  patch: { type: PatchType; body: unknown },
  options: WriteOptions,
): Written {
  if (patch.type === "apply") return applyObject(cluster, target, patch.body, options);
  const before = readObject(cluster, target);
  const result = fromBody(patched(before, patch.body, patch.type), target.kind, target);
  const after = decodedBy(options, result, target.kind);
  if (after.metadata.resourceVersion !== before.metadata.resourceVersion) throw stale(target);
  return { object: update(cluster, target, { before, after }, options), created: false };
}

export function applyObject(cluster: EmbeddedCluster, target: Target, body: unknown, options: WriteOptions): Written {
  const { kind } = target;
  const given = fromBody(body, kind, target);
  requireTyped(given, kind, target.name);
  const before = findObject(cluster, target);
  if (options.status === true) {
    if (before === undefined) throw notFound(kind, target.name);
    const status = { ...asObject(before.status), ...asObject(given.status) };
    return { object: update(cluster, target, { before, after: { ...before, status } }, options), created: false };
  }
  const { resourceVersion, uid } = given.metadata;
  if (resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion) throw stale(target);
  if (uid !== undefined && uid !== before?.metadata.uid) throw stale(target);
  const { who, granular } = scene(cluster, kind, { ...options, operation: "Apply" });
  const wanted = applicable(given, kind.status);
  const after = defaulted(applied(before, wanted, { who, granular, force: options.force === true }), kind);
  return { object: commit(cluster, target, { before, after }, options), created: before === undefined };
}

/** DELETE. A finalizer keeps the object, marked as deleted; a namespace takes its content with it. */
export function deleteObject(
  cluster: EmbeddedCluster,
  target: Target,
  how: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined; readonly dryRun?: boolean },
): KubeObject {
  const object = readObject(cluster, target);
  const { kind, name } = target;
  if (how.uid !== undefined && how.uid !== object.metadata.uid) {
    const found = `the UID in the precondition (${how.uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(kind, name, found);
  }
  if (how.resourceVersion !== undefined && how.resourceVersion !== object.metadata.resourceVersion) {
    const found = `the ResourceVersion in the precondition (${how.resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`;
    throw preconditionFailed(kind, name, found);
  }
  if (how.dryRun === true) return object;
  const finalizers = object.metadata.finalizers;
  if (Array.isArray(finalizers) && finalizers.length > 0) {
    const deletionTimestamp = object.metadata.deletionTimestamp ?? timestamp(cluster.clock);
    const marked = { ...object, metadata: { ...object.metadata, deletionTimestamp } };
    return cluster.asWrite(() => cluster.store.put(resourceOf(kind), marked));
  }
  return cluster.asWrite(() => removeWithContent(cluster, kind, object));
}

function removeWithContent(cluster: EmbeddedCluster, kind: Kind, object: KubeObject): KubeObject {
  const { store } = cluster;
  const isNamespace = kind.group === "" && kind.kind === "Namespace";
  const isDefinition = kind.kind === "CustomResourceDefinition";
  const spec = asObject(object.spec);
  const own = `${String(spec.group)}/${String(asObject(spec.names).plural)}`;
  for (const resource of isNamespace || isDefinition ? [...store.resources()] : []) {
    if (isDefinition && resource !== own) continue;
    const content = isNamespace ? store.list(resource, object.metadata.name) : store.list(resource);
    for (const inner of content) store.remove(resource, inner);
  }
  return store.remove(resourceOf(kind), object);
}

function decodedBy(
  { validation = "Warn", warn = () => undefined }: WriteOptions,
  object: KubeObject,
  kind: Kind,
): KubeObject {
  return decoded(object, kind, { validation, warn });
}

function stale(target: Target): Error {
  const why = "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(target.kind, target.name, why);
}

function scene(
  cluster: EmbeddedCluster,
  kind: Kind,
  how: { manager: string; operation: Who["operation"] },
): { who: Who; granular: boolean } {
  const { manager, operation } = how;
  const who = { manager, operation, apiVersion: apiVersionOf(kind), time: timestamp(cluster.clock) };
  return { who, granular: cluster.kinds.isBuiltIn(kind) };
}

/** A plain write leaves the status alone where it is a subresource, a write of the status leaves all else. */
function update(
  cluster: EmbeddedCluster,
  target: Target,
  change: { before: KubeObject; after: KubeObject },
  options: WriteOptions,
): KubeObject {
  const { before, after } = change;
  const { kind } = target;
  if (options.status === true)
    return commit(cluster, target, { before, after: { ...before, status: after.status } }, options);
  const { uid, creationTimestamp, generation, deletionTimestamp, managedFields } = before.metadata;
  const server = { uid, creationTimestamp, generation, deletionTimestamp, managedFields };
  const defined = Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined));
  const metadata = { ...without(after.metadata, ...Object.keys(server)), ...defined, name: after.metadata.name };
  const status = before.status === undefined ? {} : { status: before.status };
  const content = kind.status ? { ...without(after, "status"), ...status } : after;
  const next = defaulted({ ...content, metadata } as KubeObject, kind);
  const owned = afterUpdate(before, next, scene(cluster, kind, { ...options, operation: "Update" }));
  return commit(cluster, target, { before, after: owned }, options);
}

/** Validates and stores, unless nothing has changed: then the resourceVersion stays. */
function commit(
  cluster: EmbeddedCluster,
  target: Target,
  change: { before: KubeObject | undefined; after: KubeObject },
  options: WriteOptions,
): KubeObject {
  const { kind } = target;
  const { before, after } = change;
  validate(after, kind);
  if (before === undefined) requireNamespace(cluster, target);
  const versioned = { ...after, metadata: withRevisionOf(before, after) };
  if (before !== undefined && sameJson(versioned, before)) return before;
  const next = before === undefined || specChanged(before, versioned) ? bumped(versioned, kind) : versioned;
  const whole = completed(cluster, next);
  if (options.dryRun === true) return whole;
  return cluster.asWrite(() => {
    const finalizers = whole.metadata.finalizers;
    const finished =
      whole.metadata.deletionTimestamp !== undefined && !(Array.isArray(finalizers) && finalizers.length > 0);
    const stored = finished ? removeWithContent(cluster, kind, whole) : cluster.store.put(resourceOf(kind), whole);
    return presented(stored, kind);
  });
}

function withRevisionOf(before: KubeObject | undefined, after: KubeObject): KubeObject["metadata"] {
  const metadata = without(after.metadata, "resourceVersion");
  const resourceVersion = before?.metadata.resourceVersion;
  return resourceVersion === undefined ? metadata : { ...metadata, resourceVersion };
}

function requireNamespace(cluster: EmbeddedCluster, { kind, namespace }: Target): void {
  if (!kind.namespaced || namespace === undefined) return;
  const namespaces = cluster.kinds.require("v1", "Namespace");
  if (findObject(cluster, { kind: namespaces, name: namespace }) === undefined) throw notFound(namespaces, namespace);
}

function specChanged(before: KubeObject, after: KubeObject): boolean {
  return !sameJson(without(before, "metadata", "status"), without(after, "metadata", "status"));
}

/** Counts changes of what is wanted; core kinds have no generation. */
function bumped(object: KubeObject, kind: Kind): KubeObject {
  if (kind.group === "" || !kind.status) return object;
  const generation = Number(object.metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...object.metadata, generation } };
}

function generated(cluster: EmbeddedCluster, object: KubeObject): KubeObject {
  const { generateName, name } = object.metadata;
  if (name !== "" || typeof generateName !== "string") return object;
  const suffix = cluster.store.revision().toString(36).padStart(5, "x");
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${suffix}` } };
}
