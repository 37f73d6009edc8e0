import { KubeConfig } from "@kubernetes/client-node";
import { kubeApi } from "#kube/kube-api";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { serveKubernetes } from "#local/kubernetes/server";
import { applyObject } from "#local/kubernetes/writes";
import { defineKubeContract } from "#test/contracts/kube";

function configFor(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "a", server, skipTLSVerify: true }, { name: "a", token: "secret" });
  return config;
}

defineKubeContract("the client over HTTP", async () => {
  const cluster = createEmbeddedCluster({ name: "served" });
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
  return {
    kube: kubeApi(configFor(server.url), { pageSize: 5 }),
    applyAs: async (manager, object) => {
      const kind = cluster.kinds.require(object.apiVersion, object.kind);
      applyObject(cluster, { kind, ...object.metadata }, object, { manager, force: true });
    },
    refuse: (how) => cluster.behave({ refuse: how }),
    serve: async (service, answer) => cluster.serve(service, answer),
    close: server.close,
  };
});
