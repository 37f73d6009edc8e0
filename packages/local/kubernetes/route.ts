import type { EmbeddedCluster, ServiceRef } from "#local/kubernetes/embedded-cluster";
import { unknownPath } from "#local/kubernetes/failure";
import type { Kind } from "#local/kubernetes/kinds";

export type Route =
  | {
      readonly to: "objects";
      readonly kind: Kind;
      readonly namespace: string | undefined;
    }
  | {
      readonly to: "object";
      readonly kind: Kind;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly status: boolean;
    }
  | { readonly to: "proxy"; readonly service: Required<ServiceRef>; readonly path: string };

/** `/api/v1/namespaces/<ns>/services/[<scheme>:]<name>:<port>/proxy/<path>`. */
const PROXY =
  /^\/api\/v1\/namespaces\/(?<namespace>[^/]+)\/services\/(?:https?:)?(?<service>[^/:]+):(?<port>\d+)\/proxy(?<path>\/.*)?$/;

const OBJECTS = /^\/(?:api\/(?<core>v1)|apis\/(?<grouped>[^/]+\/[^/]+))\/(?<rest>.+)$/;

/** Where a resource's path leads. KubeFailure 404 when nowhere. */
export function routeOf(cluster: EmbeddedCluster, url: URL): Route {
  const proxy = PROXY.exec(url.pathname)?.groups;
  if (proxy !== undefined) {
    const { namespace = "", service = "", port, path = "/" } = proxy;
    return { to: "proxy", service: { namespace, service, port: Number(port) }, path: `${path}${url.search}` };
  }
  const { core, grouped, rest = "" } = OBJECTS.exec(url.pathname)?.groups ?? {};
  const steps = rest.split("/").map(decodeURIComponent);
  const scoped = steps[0] === "namespaces" && steps.length > 2 && steps[2] !== "status";
  const namespace = scoped ? steps[1] : undefined;
  const [plural = "", name, subresource, ...more] = scoped ? steps.slice(2) : steps;
  const kind = cluster.kinds.byPath(core ?? grouped ?? "", plural);
  if (kind === undefined || more.length > 0) throw unknownPath();
  if (name === undefined || name === "") return { to: "objects", kind, namespace };
  const known = subresource === undefined || (subresource === "status" && kind.status);
  if (!known || (kind.namespaced && namespace === undefined)) throw unknownPath();
  return { to: "object", kind, namespace, name, status: subresource === "status" };
}
