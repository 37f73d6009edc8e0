import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { type JsonObject, without } from "#local/kubernetes/json";
import { apiVersionOf, type Kind } from "#local/kubernetes/kinds";
import type { Page } from "#local/kubernetes/reads";
import type { KubeObject } from "#onboard/ports";

/** Whether the client asked for metadata alone. */
export function wantsMetadata(accept: string | undefined): boolean {
  return /as=PartialObjectMetadata(List)?(;|,|$)/.test(accept ?? "");
}

export function metadataOf(object: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** A page as a list. Items of built-in kinds carry no kind and no version of their own, as in Kubernetes. */
export function listOf(cluster: EmbeddedCluster, kind: Kind, page: Page, metadataOnly: boolean): JsonObject {
  const { items, ...metadata } = page;
  if (metadataOnly) {
    return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items: items.map(metadataOf) };
  }
  const bare = cluster.kinds.isBuiltIn(kind) ? items.map((item) => without(item, "apiVersion", "kind")) : items;
  return { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items: bare };
}

/** What a finished DELETE answers. */
export function deletedStatus(kind: Kind, object: KubeObject): JsonObject {
  const { name, uid } = object.metadata;
  const group = kind.group === "" ? {} : { group: kind.group };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...group, kind: kind.plural, uid },
  };
}
