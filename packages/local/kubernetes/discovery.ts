import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { unknownPath } from "#local/kubernetes/failure";
import type { JsonObject } from "#local/kubernetes/json";
import { apiVersionOf, type Kind } from "#local/kubernetes/kinds";
import { KUBERNETES_VERSION } from "#local/kubernetes/version";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** What discovery and the OpenAPI paths answer; undefined for a path that is a resource's. KubeFailure 404 for a group that is not served. */
export function discovered(cluster: EmbeddedCluster, path: string): JsonObject | string | undefined {
  const steps = path.split("/").filter((step) => step !== "");
  const [root, ...rest] = steps;
  if (["healthz", "livez", "readyz"].includes(root ?? "")) return "ok";
  if (root === "version") return version();
  if (root === "openapi") return openApi(cluster, rest);
  if (root === "api" && rest.length === 0) return { kind: "APIVersions", versions: ["v1"] };
  if (root === "apis" && rest.length <= 1) return rest[0] === undefined ? groups(cluster) : group(cluster, rest[0]);
  if (root === "api" && rest.length === 1) return resources(cluster, rest.join("/"));
  if (root === "apis" && rest.length === 2) return resources(cluster, rest.join("/"));
  if (root === "api" || root === "apis") return undefined;
  throw unknownPath();
}

function version(): JsonObject {
  const [major, minor] = KUBERNETES_VERSION.slice(1).split(".");
  return { major, minor, gitVersion: KUBERNETES_VERSION, platform: "linux/amd64" };
}

function groups(cluster: EmbeddedCluster): JsonObject {
  const names = new Set(cluster.kinds.all().map((kind) => kind.group));
  names.delete("");
  return { kind: "APIGroupList", apiVersion: "v1", groups: [...names].map((name) => groupOf(cluster, name)) };
}

function group(cluster: EmbeddedCluster, name: string): JsonObject {
  if (!cluster.kinds.all().some((kind) => kind.group === name)) throw unknownPath();
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(cluster, name) };
}

function groupOf(cluster: EmbeddedCluster, name: string): JsonObject {
  const served = cluster.kinds.all().filter((kind) => kind.group === name);
  const versions = [...new Set(served.map((kind) => kind.version))].map((one) => ({
    groupVersion: `${name}/${one}`,
    version: one,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function resources(cluster: EmbeddedCluster, apiVersion: string): JsonObject {
  const kinds = cluster.kinds.all().filter((kind) => apiVersionOf(kind) === apiVersion);
  if (kinds.length === 0) throw unknownPath();
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersion,
    resources: kinds.flatMap(resourceRows),
  };
}

function resourceRows(kind: Kind): readonly JsonObject[] {
  const { plural, namespaced, shortNames } = kind;
  const singularName = kind.kind.toLowerCase();
  const short = shortNames === undefined ? {} : { shortNames };
  const own = { name: plural, singularName, namespaced, kind: kind.kind, verbs: VERBS, ...short };
  const status = {
    name: `${plural}/status`,
    singularName: "",
    namespaced,
    kind: kind.kind,
    verbs: ["get", "patch", "update"],
  };
  return kind.status ? [own, status] : [own];
}

function openApi(cluster: EmbeddedCluster, [version, ...rest]: readonly string[]): JsonObject {
  if (version !== "v3") throw unknownPath();
  const served = cluster.kinds.all();
  if (rest.length === 0) {
    const paths = [...new Set(served.map(rootOf))].map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }]);
    return { paths: Object.fromEntries(paths) };
  }
  const kinds = served.filter((kind) => rootOf(kind) === rest.join("/"));
  if (kinds.length === 0) throw unknownPath();
  const paths = Object.fromEntries(kinds.map((kind) => [pathOf(kind), { patch: patchOperation(kind) }]));
  return { openapi: "3.0.0", info: { title: "Kubernetes", version: KUBERNETES_VERSION }, paths };
}

function rootOf(kind: Kind): string {
  return `${kind.group === "" ? "api" : "apis"}/${apiVersionOf(kind)}`;
}

function pathOf(kind: Kind): string {
  return `/${rootOf(kind)}/${kind.namespaced ? "namespaces/{namespace}/" : ""}${kind.plural}/{name}`;
}

/** Clients look here for whether a kind knows field validation and dry runs. */
function patchOperation(kind: Kind): JsonObject {
  const query = (name: string) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
  return {
    operationId: `patch${kind.group}${kind.version}${kind.kind}`,
    parameters: ["dryRun", "fieldManager", "fieldValidation", "force"].map(query),
    responses: { 200: { description: "OK" } },
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": { group: kind.group, version: kind.version, kind: kind.kind },
  };
}
