import { kubeError, unreachable } from "#kube/errors";
import { sent } from "#kube/sent";
import { type Access, authorize } from "#local/kubernetes/authorization";
import type { EmbeddedCluster, ServiceAnswer, User } from "#local/kubernetes/embedded-cluster";
import { KubeFailure } from "#local/kubernetes/failure";
import { proxied } from "#local/kubernetes/proxy";
import { findObject, listObjects, type Target } from "#local/kubernetes/reads";
import { refusal } from "#local/kubernetes/refusal";
import { KUBERNETES_VERSION } from "#local/kubernetes/version";
import { applyObject, deleteObject } from "#local/kubernetes/writes";
import type { KubeApi, KubeRef, ProxyRequest } from "#onboard/ports";

const MANAGER = "musterbook";

/**
 * The port on an embedded cluster without HTTP between: for simulations. Objects that it hands out are the stored ones.
 * With `user` it may do what roles grant him, else everything.
 */
export function directKube(cluster: EmbeddedCluster, user: User | null = null): KubeApi {
  const answer = <T>(doing: string, ask: () => T | Promise<T>): Promise<T> => answered(cluster, doing, ask);
  const permit = (verb: Access["verb"], { kind, namespace, name }: Omit<Target, "name"> & { readonly name?: string }) =>
    authorize(cluster, user, { verb, kind, namespace, name });
  return {
    version: () => answer("read the version", () => ({ gitVersion: KUBERNETES_VERSION })),
    apply(object) {
      const ref = { apiVersion: object.apiVersion, kind: object.kind, ...object.metadata };
      return answer(describe("apply", ref), () => {
        const target = requireTarget(cluster, ref);
        permit("patch", target);
        return applyObject(cluster, target, sent(object), { manager: MANAGER }).object;
      });
    },
    get: (ref) =>
      answer(describe("get", ref), () => {
        const target = targetOf(cluster, ref);
        if (target === undefined) return undefined;
        permit("get", target);
        return findObject(cluster, target);
      }),
    list: (of) =>
      answer(`list ${of.apiVersion} ${of.kind}`, () => {
        const kind = cluster.kinds.of(of.apiVersion, of.kind);
        if (kind === undefined) return [];
        permit("list", { kind, namespace: of.namespace });
        return listObjects(cluster, { ...of, kind });
      }),
    delete: (ref, options = {}) =>
      answer(describe("delete", ref), () => {
        const target = targetOf(cluster, ref);
        if (target === undefined) return "absent";
        permit("delete", target);
        if (findObject(cluster, target) === undefined) return "absent";
        deleteObject(cluster, target, options);
        return "deleted";
      }),
    async proxyGet(request) {
      const refused = refusal(cluster);
      // Over HTTP it cannot be told from the Service's own 503.
      if (refused instanceof KubeFailure && refused.status.code === 503) return asAnswer(refused);
      const { namespace, service: name } = request;
      return answer(`proxy to ${namespace}/${name}`, () => {
        const kind = cluster.kinds.require("v1", "Service");
        authorize(cluster, user, { verb: "get", kind, subresource: "proxy", namespace, name });
        return proxyGet(cluster, request);
      });
    },
  };
}

async function answered<T>(cluster: EmbeddedCluster, doing: string, ask: () => T | Promise<T>): Promise<T> {
  const refused = refusal(cluster);
  if (refused === "unreachable") throw unreachable(doing, new Error("connect ECONNREFUSED"));
  try {
    if (refused !== undefined) throw refused;
    return await ask();
  } catch (error) {
    if (error instanceof KubeFailure) throw kubeError(error.status.code, statusOf(error), doing);
    throw error;
  }
}

function requireTarget(cluster: EmbeddedCluster, ref: KubeRef): Target {
  const kind = cluster.kinds.require(ref.apiVersion, ref.kind);
  return { kind, namespace: kind.namespaced ? (ref.namespace ?? "default") : undefined, name: ref.name };
}

/** Undefined for a kind that is not known. */
function targetOf(cluster: EmbeddedCluster, ref: KubeRef): Target | undefined {
  return cluster.kinds.of(ref.apiVersion, ref.kind) === undefined ? undefined : requireTarget(cluster, ref);
}

/** A refusal of the API server about the Service is an answer, as over HTTP. */
async function proxyGet(cluster: EmbeddedCluster, request: ProxyRequest): Promise<ServiceAnswer> {
  try {
    return await proxied(cluster, request, request.path);
  } catch (error) {
    if (!(error instanceof KubeFailure)) throw error;
    return asAnswer(error);
  }
}

function asAnswer({ status }: KubeFailure): ServiceAnswer {
  return { status: status.code, body: JSON.stringify(status) };
}

function statusOf({ status }: KubeFailure) {
  const causes = (status.details?.causes ?? []).map(({ message, field = "" }) => ({ message, field }));
  return { kind: status.kind, message: status.message, reason: status.reason, details: { causes } };
}

function describe(verb: string, ref: KubeRef): string {
  return `${verb} ${ref.apiVersion} ${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
