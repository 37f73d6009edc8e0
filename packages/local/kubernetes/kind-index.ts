import { unknownPath } from "#local/kubernetes/failure";
import { apiVersionOf, BUILT_IN_KINDS, CRD_RESOURCE, type Kind, kindsOfCrd } from "#local/kubernetes/kinds";
import type { ObjectStore } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

/** The kinds that a cluster serves: the built-in ones, and those of its CustomResourceDefinitions. */
export interface KindIndex {
  all(): readonly Kind[];
  of(apiVersion: string, kind: string): Kind | undefined;
  /** KubeFailure 404 for an unknown kind. */
  require(apiVersion: string, kind: string): Kind;
  byPath(apiVersion: string, plural: string): Kind | undefined;
  isBuiltIn(kind: Kind): boolean;
  /** Takes up the kinds of an object that is a CustomResourceDefinition. */
  notice(resource: string, object: KubeObject): void;
}

export function kindIndex(store: ObjectStore): KindIndex {
  const builtIn = new Set(BUILT_IN_KINDS);
  const byKind = new Map<string, Kind>();
  const byPath = new Map<string, Kind>();

  function add(kind: Kind): void {
    byKind.set(`${apiVersionOf(kind)}/${kind.kind}`, kind);
    byPath.set(`${apiVersionOf(kind)}/${kind.plural}`, kind);
  }

  function drop(kind: Kind): void {
    byKind.delete(`${apiVersionOf(kind)}/${kind.kind}`);
    byPath.delete(`${apiVersionOf(kind)}/${kind.plural}`);
  }

  function notice(resource: string, object: KubeObject): void {
    if (resource === CRD_RESOURCE) kindsOfCrd(object).forEach(add);
  }

  for (const kind of builtIn) add(kind);
  store.subscribe((event) => {
    if (event.resource !== CRD_RESOURCE) return;
    if (event.previous !== undefined) kindsOfCrd(event.previous).forEach(drop);
    if (event.type !== "DELETED") notice(event.resource, event.object);
  });

  return {
    all: () => [...byKind.values()],
    of: (apiVersion, kind) => byKind.get(`${apiVersion}/${kind}`),
    require(apiVersion, kind) {
      const known = byKind.get(`${apiVersion}/${kind}`);
      if (known === undefined) throw unknownPath();
      return known;
    },
    byPath: (apiVersion, plural) => byPath.get(`${apiVersion}/${plural}`),
    isBuiltIn: (kind) => builtIn.has(kind),
    notice,
  };
}
