import { afterAll, beforeAll } from "vitest";
import { systemClock } from "#fleet/clock";
import { helmOn } from "#helm/helm";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import { defineHelmContract, type HelmHarness } from "#test/contracts/helm";
import { type ApiFront, type ApiRequest, startApiFront } from "#test/fakes/api-front";
import { killableHelm } from "#test/fakes/killable-helm";
import { writeTinyChart } from "#test/packages/helm/helm-chart";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { type Nodes, playNodes } from "#test/real/servers/nodes";
import { scratchFolder } from "#test/real/servers/scratch";

/** The write after which helm gets its signal. An upgrade writes to the record before its own to supersede it, at the end. */
const SIGNALS = {
  killed: { signal: "SIGKILL", at: ({ path }) => path.includes("/jobs") },
  interrupted: { signal: "SIGTERM", at: ({ path }) => path.includes("/jobs") },
  "killed-after-superseding": {
    signal: "SIGKILL",
    at: ({ path }) => path.includes("/secrets/sh.helm.release.v1.muster.v1"),
  },
} as const satisfies Record<string, { signal: NodeJS.Signals; at: (request: ApiRequest) => boolean }>;
/** A hanging hook ends with helm's own time-out of about 5 s, before the SIGTERM; a busy machine takes a while to come to the hook. */
const SOON_MS = 37_000;
const LATER_MS = 300_000;

let cluster: RealCluster;
let front: ApiFront;
let nodes: Nodes;
let cases = 0;

beforeAll(async () => {
  cluster = await startCluster();
  [front, nodes] = await Promise.all([startApiFront(cluster), playNodes(cluster)]);
});
afterAll(async () => {
  await nodes.stop();
  await front.close();
  await cluster.stop();
});

defineHelmContract("the real helm on a real kube-apiserver", async (): Promise<HelmHarness> => {
  const folder = await scratchFolder();
  const { binary, signal } = await killableHelm(folder);
  const kube = kubeApi(fromKubeconfig({ file: cluster.kubeconfig }));
  const { server, certificateAuthority } = front;
  const access = { server, certificateAuthority, token: cluster.adminToken };
  let fault: Parameters<HelmHarness["arrange"]>[0] = "none";
  cases += 1;
  front.rule({
    after(request) {
      if (fault === "none" || fault === "hook-fails" || !request.writes) return;
      if (SIGNALS[fault].at(request)) signal(SIGNALS[fault].signal);
    },
  });
  return {
    kube,
    chart: await writeTinyChart(folder),
    namespace: `case-${cases}`,
    helm: helmOn({ binary, access, kube, clock: systemClock, workDir: folder }),
    arrange: (next) => {
      fault = next;
      nodes.behave({ jobs: next === "none" || next === "killed-after-superseding" ? "complete" : "hang" });
    },
    deadline: () => new Date(Date.now() + (fault === "hook-fails" ? SOON_MS : LATER_MS)),
    close: async () => nodes.behave({ jobs: "complete" }),
  };
});
