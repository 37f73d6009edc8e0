import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { serveKubernetes } from "#local/kubernetes/server";
import { defineKubeServerContract } from "#test/contracts/kube-server";

/** More than the embedded cluster keeps. */
const EVENTS = 2100;

defineKubeServerContract("an embedded cluster", async () => {
  const cluster = createEmbeddedCluster({ name: "served" });
  cluster.tokens = new Set(["secret"]);
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0, tls: true });
  return {
    server: server.url,
    certificateAuthority: server.certificateAuthority,
    token: "secret",
    async forget() {
      const metadata = { name: "forgetting", namespace: "default" };
      for (let count = 0; count < EVENTS; count += 1) {
        cluster.put({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { count: String(count) } });
      }
    },
    close: server.close,
  };
});
