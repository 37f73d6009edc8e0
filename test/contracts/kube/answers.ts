import { beforeAll, describe, expect, it, vi } from "vitest";
import { RetryableError, TerminalError } from "#fleet/errors";
import { failureOf, type Scene } from "#test/contracts/kube/scene";

export function describeProxy({ kube, subject, namespace }: Scene): void {
  describe("proxyGet", () => {
    it("tells that there is no such Service", async () => {
      expect(await kube().proxyGet({ namespace, service: "absent", port: 80, path: "/" })).toMatchObject({
        status: 404,
      });
    });

    it("tells that nothing stands behind a Service", async () => {
      const spec = { ports: [{ port: 80 }], selector: { app: "nothing" } };
      await kube().apply({ apiVersion: "v1", kind: "Service", metadata: { name: "empty", namespace }, spec });
      const ask = () => kube().proxyGet({ namespace, service: "empty", port: 80, path: "/" });
      // Until the controller of endpoints has seen the Service, there is nothing that could be empty.
      await expect
        .poll(ask, { timeout: 10_000 })
        .toEqual({ status: 503, body: expect.stringContaining("no endpoints available") });
    });

    it("hands on path, query, status and body", async () => {
      const { serve } = subject();
      await serve({ namespace, service: "query", port: 10902 }, (path) => ({ status: 418, body: `asked ${path}` }));
      const path = "/api/v1/query?query=up%7Bcluster%3D%22a%22%7D&dedup=true";
      expect(await kube().proxyGet({ namespace, service: "query", port: 10902, path })).toEqual({
        status: 418,
        body: `asked ${path}`,
      });
    });
  });
}

export function describeRefusals({ kube, subject, configMap, namespace }: Scene): void {
  describe("a server that refuses", () => {
    it.each([
      { how: "unauthorized", type: TerminalError, reason: "unauthorized" },
      { how: "forbidden", type: TerminalError, reason: "forbidden" },
      { how: "throttled", type: RetryableError, reason: "throttled" },
      { how: "unavailable", type: RetryableError, reason: "server-error" },
      { how: "unreachable", type: RetryableError, reason: "unreachable" },
    ] as const)("is $how", async ({ how, type, reason }) => {
      const { refuse } = subject();
      refuse(how);
      const errors = await Promise.all([
        failureOf(kube().apply(configMap("refused", {}))),
        failureOf(kube().get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })),
        failureOf(kube().list({ apiVersion: "v1", kind: "ConfigMap" })),
        failureOf(kube().delete({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })),
      ]);
      const version = await failureOf(kube().version());
      const proxied = await failureOf(kube().proxyGet({ namespace, service: "refused", port: 80, path: "/" }));
      refuse(null);
      // Whoever is authenticated may read the version (ClusterRole system:public-info-viewer).
      if (how === "forbidden") expect(version).toBe("nothing was thrown");
      else errors.push(version);
      // Nobody can tell the API server's 503 from that of the Service.
      if (how === "unavailable") expect(proxied).toBe("nothing was thrown");
      else errors.push(proxied);
      for (const error of errors) {
        expect(error).toBeInstanceOf(type);
        expect(error).toMatchObject({ reason, remedy: expect.stringMatching(/\S/), cause: expect.anything() });
      }
      expect(await kube().get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })).toBeUndefined();
    });
  });
}

export function describeRights({ kube, subject, namespace, configMap }: Scene): void {
  describe("somebody with few rights", () => {
    const configMaps = { apiVersion: "v1", kind: "ConfigMap" };
    const reader = () => subject().reader;
    beforeAll(async () => {
      const [apiVersion, apiGroup] = ["rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io"];
      const metadata = { name: "reader", namespace };
      const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }];
      const roleRef = { apiGroup, kind: "Role", name: "reader" };
      const subjects = [{ apiGroup, kind: "User", name: "reader" }];
      await kube().apply({ apiVersion, kind: "Role", metadata, rules });
      await kube().apply({ apiVersion, kind: "RoleBinding", metadata, roleRef, subjects });
      await kube().apply(configMap("readable", { x: "1" }));
      // The authorizer of a real API server hears of a binding some time after it was made.
      await vi.waitFor(() => reader().list({ ...configMaps, namespace }), { timeout: 10_000 });
    });

    it("may do what his role grants", async () => {
      expect(await reader().get({ ...configMaps, namespace, name: "readable" })).toMatchObject({ data: { x: "1" } });
    });

    const inNamespace = `in API group "" in the namespace "${namespace}"`;
    it.each([
      {
        what: "a change",
        attempt: () => reader().apply(configMap("readable", { x: "2" })),
        said: `configmaps "readable" is forbidden: User "reader" cannot patch resource "configmaps" ${inNamespace}`,
      },
      {
        what: "a deletion",
        attempt: () => reader().delete({ ...configMaps, namespace, name: "readable" }),
        said: `configmaps "readable" is forbidden: User "reader" cannot delete resource "configmaps" ${inNamespace}`,
      },
      {
        what: "another namespace",
        attempt: () => reader().get({ ...configMaps, namespace: "kube-system", name: "a" }),
        said: 'User "reader" cannot get resource "configmaps" in API group "" in the namespace "kube-system"',
      },
      {
        what: "all namespaces",
        attempt: () => reader().list(configMaps),
        said: 'configmaps is forbidden: User "reader" cannot list resource "configmaps" in API group "" at the cluster scope',
      },
      {
        what: "another group",
        attempt: () => reader().list({ apiVersion: "apps/v1", kind: "Deployment", namespace }),
        said: `deployments.apps is forbidden: User "reader" cannot list resource "deployments" in API group "apps" in the namespace "${namespace}"`,
      },
      {
        what: "the service proxy",
        attempt: () => reader().proxyGet({ namespace, service: "query", port: 443, path: "/" }),
        said: `User "reader" cannot get resource "services/proxy" ${inNamespace}`,
      },
    ])("is refused $what, and told the right that lacks", async ({ attempt, said }) => {
      const failure = await failureOf(attempt());
      expect(failure).toBeInstanceOf(TerminalError);
      expect(failure).toMatchObject({ reason: "forbidden", message: expect.stringContaining(said) });
    });
  });
}
