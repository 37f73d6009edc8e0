import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "#fleet/clock";
import { helmOn } from "#helm/helm";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { serveKubernetes } from "#local/kubernetes/server";
import type { KubeObject } from "#onboard/ports";
import { defineHelmContract, type HelmHarness } from "#test/contracts/helm";
import { killableHelm } from "#test/fakes/killable-helm";
import { writeTinyChart } from "#test/packages/helm/helm-chart";

/** The write at which helm gets its signal. */
const SIGNALS = {
  killed: { signal: "SIGKILL", at: ({ kind }) => kind === "Job" },
  interrupted: { signal: "SIGTERM", at: ({ kind }) => kind === "Job" },
  "killed-after-superseding": { signal: "SIGKILL", at: ({ metadata }) => metadata.labels?.status === "superseded" },
} as const satisfies Record<string, { signal: NodeJS.Signals; at: (object: KubeObject) => boolean }>;
/** A hanging hook ends with helm's own time-out: 2 s when helm has to be over 33 s from now, since 30 s are kept back. */
const SOON_MS = 33_000;
const LATER_MS = 300_000;

defineHelmContract("the real helm on the embedded Kubernetes API", async (): Promise<HelmHarness> => {
  const folder = await mkdtemp(join(tmpdir(), "musterbook-helm-"));
  const cluster = createEmbeddedCluster({ name: "c1" });
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
  const kube = directKube(cluster);
  const chart = await writeTinyChart(join(folder, "chart"));
  const { binary, signal } = await killableHelm(folder);

  let fault: Parameters<HelmHarness["arrange"]>[0] = "none";
  cluster.onWrite(({ object }) => {
    if (fault === "none" || fault === "hook-fails" || !SIGNALS[fault].at(object)) return;
    signal(SIGNALS[fault].signal);
  });
  const access = { server: server.url, certificateAuthority: null, token: "secret-token" };
  return {
    kube,
    chart,
    namespace: "monitoring",
    helm: helmOn({ binary, access, kube, clock: systemClock, workDir: folder }),
    arrange: (next) => {
      fault = next;
      cluster.behave({ jobs: next === "none" || next === "killed-after-superseding" ? "complete" : "hang" });
    },
    deadline: () => new Date(Date.now() + (fault === "hook-fails" ? SOON_MS : LATER_MS)),
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
