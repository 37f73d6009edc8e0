import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { kubeApi } from "#kube/kube-api";
import { defineKubeContract } from "#test/contracts/kube";
import type { KubeSubject } from "#test/contracts/kube/scene";
import { type ApiFront, startApiFront } from "#test/fakes/api-front";
import { forgetMidway } from "#test/fakes/forgetting";
import { callApi } from "#test/real/servers/api";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { freePorts } from "#test/real/servers/process";
import { serveOn } from "#test/real/servers/reachable";

const READER = { token: "token-of-a-reader", name: "reader" };
const NOBODY = { token: "token-without-rights", name: "nobody" };

/** A Status as the API server's own filters send it. */
function refusal(status: number, reason: string): { readonly status: number; readonly body: string } {
  const body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: reason, reason };
  return { status, body: JSON.stringify({ ...body, code: status }) };
}

interface Connection {
  readonly server: string;
  readonly certificateAuthority: string;
  readonly token: string;
}

function load(config: KubeConfig, { server, certificateAuthority: caData, token }: Connection): KubeConfig {
  config.loadFromClusterAndUser({ name: "real", server, caData, skipTLSVerify: false }, { name: "test", token });
  return config;
}

/** Refusals by their real causes, but for those that a server alone with its test does not come to. */
function refuser(config: KubeConfig, front: ApiFront, adminToken: string, closedPort: number): KubeSubject["refuse"] {
  const { server, certificateAuthority: caData } = front;
  const connect = (to: { readonly server: string; readonly token: string }) =>
    load(config, { certificateAuthority: caData, ...to });
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
  const cluster = await startCluster({ controllers: true, users: [NOBODY, READER] });
  const front = await startApiFront(cluster);
  const config = new KubeConfig();
  const backends: Server[] = [];
  return {
    refuse: refuser(config, front, cluster.adminToken, closedPort),
    kube: kubeApi(config, { pageSize: 5 }),
    reader: kubeApi(load(new KubeConfig(), { ...cluster, token: READER.token })),
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
