import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TerminalError } from "#fleet/errors";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import type { KubeApi } from "#onboard/ports";
import { defineKubeContract } from "#test/contracts/kube";
import type { KubeSubject } from "#test/contracts/kube/scene";
import { type ApiFront, startApiFront } from "#test/fakes/api-front";
import { forgetMidway } from "#test/fakes/forgetting";
import { callApi } from "#test/real/servers/api";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { freePorts } from "#test/real/servers/process";
import { serveOn } from "#test/real/servers/reachable";

const NOBODY = { token: "token-without-rights", name: "nobody" };

/** A Status as the API server's own filters send it. */
function refusal(status: number, reason: string): { readonly status: number; readonly body: string } {
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: reason, reason };
  return { status, body: JSON.stringify({ ...body, code: status }) };
}

/** Refusals by their real causes, but for those that a server alone with its test does not come to. */
function refuser(config: KubeConfig, front: ApiFront, adminToken: string, closedPort: number): KubeSubject["refuse"] {
  const { server, certificateAuthority: caData } = front;
  const connect = (to: { readonly server: string; readonly token: string }) =>
    config.loadFromClusterAndUser(
      { name: "real", server: to.server, caData, skipTLSVerify: false },
      { name: "test", token: to.token },
    );
  connect({ server, token: adminToken });
  return (how) => {
    front.rule({});
    connect({ server, token: adminToken });
    switch (how) {
      case null:
        return;
      case "unauthorized":
        return connect({ server, token: "unknown" });
      case "forbidden":
        return connect({ server, token: NOBODY.token });
      case "throttled":
        return front.rule({ before: () => refusal(429, "TooManyRequests") });
      case "unavailable":
        return front.rule({ before: () => refusal(503, "ServiceUnavailable") });
      case "unreachable":
        return connect({ server: `https://127.0.0.1:${closedPort}`, token: adminToken });
    }
  };
}

function applyOn(cluster: RealCluster): KubeSubject["applyAs"] {
  const places: Readonly<Record<string, string>> = { ConfigMap: "api/v1", Deployment: "apis/apps/v1" };
  return async (manager, object) => {
    const { namespace, name } = object.metadata;
    const plural = `${object.kind.toLowerCase()}s`;
    const { status, body } = await callApi({
      url: `${cluster.server}/${places[object.kind]}/namespaces/${namespace}/${plural}/${name}?fieldManager=${manager}&force=true`,
      certificateAuthority: cluster.certificateAuthority,
      token: cluster.adminToken,
      method: "PATCH",
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify(object),
    });
    if (status >= 300) throw new Error(body.toString());
  };
}

defineKubeContract("the client on a real kube-apiserver", async () => {
  const [closedPort = 0] = await freePorts(1);
  const cluster = await startCluster({ controllers: true, users: [NOBODY] });
  const front = await startApiFront(cluster);
  const config = new KubeConfig();
  const backends: Server[] = [];
  return {
    refuse: refuser(config, front, cluster.adminToken, closedPort),
    kube: kubeApi(config, { pageSize: 5 }),
    applyAs: applyOn(cluster),
    async serve(service, answer) {
      const backend = createServer((request, response) => {
        const { status, body } = answer(request.url ?? "");
        response.writeHead(status).end(body);
      });
      backends.push(backend.listen(0, "127.0.0.1"));
      await once(backend, "listening");
      await serveOn(cluster, { ...service, backendPort: (backend.address() as AddressInfo).port });
    },
    forgetMidway: () => forgetMidway(front, cluster.etcd.forget),
    async close() {
      for (const backend of backends) backend.close();
      await front.close();
      await cluster.stop();
    },
  };
});

describe("a real kube-apiserver, to somebody with few rights", () => {
  const READER = { token: "token-of-a-reader", name: "reader" };
  const metadata = { name: "reader", namespace: "default" };
  const configMaps = { apiVersion: "v1", kind: "ConfigMap" };
  let cluster: RealCluster;
  let reader: KubeApi;
  beforeAll(async () => {
    cluster = await startCluster({ users: [READER] });
    const admin = kubeApi(fromKubeconfig({ file: cluster.kubeconfig }));
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: READER.name }];
    await admin.apply({ apiVersion, kind: "Role", metadata, rules });
    await admin.apply({ apiVersion, kind: "RoleBinding", metadata, roleRef, subjects });
    await admin.apply({ ...configMaps, metadata: { name: "a", namespace: "default" }, data: { x: "1" } });
    const config = new KubeConfig();
    const { server, certificateAuthority: caData } = cluster;
    config.loadFromClusterAndUser({ name: "c", server, caData, skipTLSVerify: false }, { ...READER });
    reader = kubeApi(config);
    // The authorizer hears of a binding by a watch.
    await vi.waitFor(() => reader.get({ ...configMaps, namespace: "default", name: "a" }), { timeout: 10_000 });
  });
  afterAll(() => cluster.stop());

  it("grants what his role grants", async () => {
    expect(await reader.list({ ...configMaps, namespace: "default" })).toMatchObject([{ metadata: { name: "a" } }]);
  });

  it.each([
    {
      what: "a change",
      attempt: () => reader.apply({ ...configMaps, metadata: { name: "a", namespace: "default" }, data: { x: "2" } }),
      said: 'User "reader" cannot patch resource "configmaps" in API group "" in the namespace "default"',
    },
    {
      what: "a deletion",
      attempt: () => reader.delete({ ...configMaps, namespace: "default", name: "a" }),
      said: 'User "reader" cannot delete resource "configmaps" in API group "" in the namespace "default"',
    },
    {
      what: "another namespace",
      attempt: () => reader.get({ ...configMaps, namespace: "kube-system", name: "a" }),
      said: 'User "reader" cannot get resource "configmaps" in API group "" in the namespace "kube-system"',
    },
    {
      what: "all namespaces",
      attempt: () => reader.list(configMaps),
      said: 'User "reader" cannot list resource "configmaps" in API group "" at the cluster scope',
    },
    {
      what: "the service proxy",
      attempt: () => reader.proxyGet({ namespace: "default", service: "kubernetes", port: 443, path: "/" }),
      said: 'User "reader" cannot get resource "services/proxy" in API group "" in the namespace "default"',
    },
  ])("refuses $what, and names the right that lacks", async ({ attempt, said }) => {
    const failure = await attempt().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure).toMatchObject({ reason: "forbidden", message: expect.stringContaining(said) });
  });
});
