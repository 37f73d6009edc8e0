import { kubeError, unreachable } from "#kube/errors";
import type { EmbeddedCluster } from "#local/kubernetes/cluster";
import { KubeFailure } from "#local/kubernetes/failure";
import { splitApiVersion } from "#local/kubernetes/kinds";
import { proxied } from "#local/kubernetes/proxy";
import { findObject, listObjects, type Target } from "#local/kubernetes/reads";
import { refusal } from "#local/kubernetes/refusal";
import { KUBERNETES_VERSION } from "#local/kubernetes/version";
import { applyObject, deleteObject } from "#local/kubernetes/writes";
import type { KubeApi, KubeRef } from "#onboard/ports";

const MANAGER = "musterbook";

/** The port on an embedded cluster without HTTP between: for simulations. Objects that it hands out are the stored ones. */
export function directKube(cluster: EmbeddedCluster): KubeApi {
  async function answer<T>(doing: string, ask: () => T | Promise<T>): Promise<T> {
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

  function target(ref: KubeRef): Target {
    const kind = cluster.kinds.require(ref.apiVersion, ref.kind);
    return { kind, namespace: kind.namespaced ? (ref.namespace ?? "default") : undefined, name: ref.name };
  }

  return {
    version: () => answer("version", () => ({ gitVersion: KUBERNETES_VERSION })),
    apply(object) {
      const ref = { apiVersion: object.apiVersion, kind: object.kind, ...object.metadata };
      return answer(describe("apply", ref), () => {
        return applyObject(cluster, target(ref), object, { manager: MANAGER }).object;
      });
    },
    get: (ref) =>
      answer(describe("get", ref), () => {
        const known = cluster.kinds.of(ref.apiVersion, ref.kind);
        return known === undefined ? undefined : findObject(cluster, target(ref));
      }),
    list: (of) =>
      answer(`list ${of.apiVersion} ${of.kind}`, () => {
        const kind = cluster.kinds.of(of.apiVersion, of.kind);
        return kind === undefined ? [] : listObjects(cluster, { ...of, kind });
      }),
    delete: (ref, options = {}) =>
      answer(describe("delete", ref), () => {
        const known = cluster.kinds.of(ref.apiVersion, ref.kind);
        if (known === undefined || findObject(cluster, target(ref)) === undefined) return "absent";
        deleteObject(cluster, target(ref), options);
        return "deleted";
      }),
    proxyGet: (request) =>
      answer(`proxy ${request.namespace}/${request.service}`, async () => {
        try {
          return await proxied(cluster, request, request.path);
        } catch (error) {
          if (!(error instanceof KubeFailure)) throw error;
          return { status: error.status.code, body: JSON.stringify(error.status) };
        }
      }),
  };
}

function statusOf({ status }: KubeFailure) {
  const causes = (status.details?.causes ?? []).map(({ message, field = "" }) => ({ message, field }));
  return { kind: status.kind, message: status.message, reason: status.reason, details: { causes } };
}

function describe(verb: string, ref: KubeRef): string {
  const { group } = splitApiVersion(ref.apiVersion);
  const kind = group === "" ? ref.kind : `${ref.kind}.${group}`;
  return `${verb} ${kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
