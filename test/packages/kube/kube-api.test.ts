import { type KubeConnection, withToken } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { serveKubernetes } from "#local/kubernetes/server";
import { applyObject } from "#local/kubernetes/writes";
import { defineKubeContract } from "#test/contracts/kube";
import { type ApiFront, startApiFront } from "#test/fakes/api-front";
import { forgetMidway } from "#test/fakes/forgetting";

/** More than the embedded cluster keeps. */
const EVENTS = 2100;

function connectionTo({ server, certificateAuthority }: ApiFront, token: string): KubeConnection {
  return withToken({ server, certificateAuthority, token });
}

async function forget(cluster: EmbeddedCluster): Promise<void> {
  const metadata = { name: "forgetting", namespace: "default" };
  for (let count = 0; count < EVENTS; count += 1) {
    cluster.put({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { count: String(count) } });
  }
}

defineKubeContract("the client over HTTP", async () => {
  const cluster = createEmbeddedCluster({ name: "served" });
  cluster.users = new Map([["reader", { name: "reader", groups: [] }]]);
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
  const front = await startApiFront({ server: server.url, certificateAuthority: null });
  return {
    kube: kubeApi(connectionTo(front, "secret"), { pageSize: 5 }),
    reader: kubeApi(connectionTo(front, "reader")),
    applyAs: async (manager, object) => {
      const kind = cluster.kinds.require(object.apiVersion, object.kind);
      applyObject(cluster, { kind, ...object.metadata }, object, { manager, force: true });
    },
    refuse: (how) => cluster.behave({ refuse: how }),
    serve: async (service, answer) => cluster.serve(service, answer),
    forgetMidway: () => forgetMidway(front, () => forget(cluster)),
    async close() {
      await front.close();
      await server.close();
    },
  };
});
