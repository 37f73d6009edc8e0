import { resourceOf, splitApiVersion } from "#local/kubernetes/kinds";
import type { KubeObject } from "#onboard/ports";

/** Keeps a cluster's objects over a restart; `key` is `<group>/<plural>/<namespace>/<name>`. */
export interface KubeStorage {
  load(): Iterable<{ readonly key: string; readonly object: KubeObject }>;
  save(key: string, object: KubeObject): void;
  remove(key: string): void;
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** `<group>/<plural>`. */
  readonly resource: string;
  readonly object: KubeObject;
  /** What was there before; absent for ADDED. */
  readonly previous?: KubeObject;
  readonly revision: number;
}

/** How many past events a watch can go back over; older ones are 410 Gone, as after a compaction of etcd. */
const EVENTS_KEPT = 1024;

/** The objects of one cluster with their revisions. Objects are values: a write replaces, so a read may hand out what it holds. */
export interface ObjectStore {
  revision(): number;
  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** In the order of namespace and name. */
  list(resource: string, namespace?: string): readonly KubeObject[];
  /** Stores the object under a new resourceVersion and returns it so. */
  put(resource: string, object: KubeObject): KubeObject;
  remove(resource: string, object: KubeObject): KubeObject;
  resources(): Iterable<string>;
  /** Events after `revision`; undefined when some of them are forgotten. */
  since(revision: number): readonly StoreEvent[] | undefined;
  /** Calls `listener` after each write until the returned function is called. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

export function objectStore(storage?: KubeStorage): ObjectStore {
  const byResource = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let revision = loadInto(byResource, storage);
  const log = eventLog(revision);

  function record(type: StoreEvent["type"], resource: string, object: KubeObject): KubeObject {
    revision += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const key = keyOf(stored.metadata.namespace, stored.metadata.name);
    const previous = byResource.get(resource)?.get(key);
    if (type === "DELETED") byResource.get(resource)?.delete(key);
    else bucket(byResource, resource).set(key, stored);
    if (type === "DELETED") storage?.remove(`${resource}/${key}`);
    else storage?.save(`${resource}/${key}`, stored);
    const event = { type, resource, object: stored, ...(previous === undefined ? {} : { previous }), revision };
    log.add(event);
    for (const listener of listeners) listener(event);
    return stored;
  }

  return {
    revision: () => revision,
    get: (resource, namespace, name) => byResource.get(resource)?.get(keyOf(namespace, name)),
    list: (resource, namespace) => sorted(byResource.get(resource), namespace),
    put(resource, object) {
      const known = byResource.get(resource)?.has(keyOf(object.metadata.namespace, object.metadata.name));
      return record(known === true ? "MODIFIED" : "ADDED", resource, object);
    },
    remove: (resource, object) => record("DELETED", resource, object),
    resources: () => byResource.keys(),
    since: log.since,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

interface EventLog {
  add(event: StoreEvent): void;
  since(revision: number): readonly StoreEvent[] | undefined;
}

/** The newest events; it lets go of the oldest by halves. */
function eventLog(start: number): EventLog {
  let events: StoreEvent[] = [];
  let forgotten = start;
  return {
    add(event) {
      events.push(event);
      if (events.length <= EVENTS_KEPT * 2) return;
      events = events.slice(-EVENTS_KEPT);
      forgotten = (events[0]?.revision ?? event.revision) - 1;
    },
    since: (from) => (from < forgotten ? undefined : events.filter((event) => event.revision > from)),
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

function bucket(byResource: Map<string, Map<string, KubeObject>>, resource: string): Map<string, KubeObject> {
  const known = byResource.get(resource);
  if (known !== undefined) return known;
  const fresh = new Map<string, KubeObject>();
  byResource.set(resource, fresh);
  return fresh;
}

function sorted(objects: Map<string, KubeObject> | undefined, namespace?: string): readonly KubeObject[] {
  if (objects === undefined) return [];
  const entries = [...objects].filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`));
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function loadInto(byResource: Map<string, Map<string, KubeObject>>, storage: KubeStorage | undefined): number {
  let newest = 0;
  for (const { key, object } of storage?.load() ?? []) {
    const [plural = ""] = key.slice(key.indexOf("/") + 1).split("/");
    const resource = resourceOf({ group: splitApiVersion(object.apiVersion).group, plural });
    bucket(byResource, resource).set(keyOf(object.metadata.namespace, object.metadata.name), object);
    newest = Math.max(newest, Number(object.metadata.resourceVersion ?? 0));
  }
  return newest;
}
