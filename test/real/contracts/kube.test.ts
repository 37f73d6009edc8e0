import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type KubeConnection, withToken } from "#kube/connection";
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

/** Refusals by their real causes, but for those that a server alone with its test does not come to. */
function refuser(access: Changeable, front: ApiFront, closedPort: number): KubeSubject["refuse"] {
  const { server, token } = access;
  return (how) => {
    front.rule({});
    Object.assign(access, { server, token });
    switch (how) {
      case null:
        return;
      case "unauthorized":
        access.token = "unknown";
        return;
      case "forbidden":
        access.token = NOBODY.token;
        return;
      case "throttled":
        return front.rule({ before: () => refusal(429, "TooManyRequests") });
      case "unavailable":
        return front.rule({ before: () => refusal(503, "ServiceUnavailable") });
      case "unreachable":
        access.server = `https://127.0.0.1:${closedPort}`;
    }
  };
}

interface Changeable {
  server: string;
  token: string;
  readonly certificateAuthority: string | null;
}

/** As `access` is when a request is made. */
function following(access: Changeable): KubeConnection {
  return {
    get server() {
      return access.server;
    },
    options: () => withToken(access).options(),
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
  const { server, certificateAuthority } = front;
  const access: Changeable = { server, certificateAuthority, token: cluster.adminToken };
  const backends: Server[] = [];
  return {
    refuse: refuser(access, front, closedPort),
    kube: kubeApi(following(access), { pageSize: 5 }),
    reader: kubeApi(withToken({ ...cluster, token: READER.token })),
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
