import { defineKubeServerContract } from "#test/contracts/kube-server";
import { startCluster } from "#test/real/servers/cluster";

defineKubeServerContract("a real kube-apiserver", async () => {
  const { server, certificateAuthority, adminToken: token, etcd, stop } = await startCluster();
  return { server, certificateAuthority, token, forget: etcd.forget, close: stop };
});
