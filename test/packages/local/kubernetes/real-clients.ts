import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helmBinary } from "#helm/binary";
import { type Finished, run } from "#helm/process";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { type KubernetesServer, serveKubernetes } from "#local/kubernetes/server";

const TOKEN = "tester";

/** An embedded cluster, served over TLS, with the real kubectl and helm pointed at it. */
export interface ServedCluster {
  readonly cluster: EmbeddedCluster;
  /** A folder for files of the test, removed at the end. */
  readonly folder: string;
  readonly kubectl: (...args: readonly string[]) => Promise<Finished>;
  readonly helm: (...args: readonly string[]) => Promise<Finished>;
  /** helm, killed by SIGKILL as soon as a write comes for which `when` holds. */
  readonly killHelm: (when: (resource: string) => boolean, ...args: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function servedCluster(): Promise<ServedCluster> {
  const binaries = await helmBinary();
  const cluster = createEmbeddedCluster({ name: "real-clients" });
  cluster.tokens = new Set([TOKEN]);
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0, tls: true });
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-"));
  const kubeconfig = join(folder, "kubeconfig");
  const env = { HOME: folder, KUBECONFIG: kubeconfig };
  await writeFile(kubeconfig, kubeconfigFor(server), { mode: 0o600 });
  return {
    cluster,
    folder,
    kubectl: (...args) => run(binaries.kubectl, args, { env, cwd: folder }),
    helm: (...args) => run(binaries.helm, args, { env, cwd: folder }),
    killHelm: (when, ...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(binaries.helm, args, { env, cwd: folder, stdio: "ignore" });
        const stop = cluster.onWrite((event) => when(event.resource) && child.kill("SIGKILL"));
        child.once("error", reject);
        child.once("close", () => {
          stop();
          resolve();
        });
      }),
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function kubeconfigFor({ url, certificateAuthority }: KubernetesServer): string {
  const cluster = { server: url, "certificate-authority-data": certificateAuthority };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "embedded", cluster }],
    users: [{ name: "tester", user: { token: TOKEN } }],
    contexts: [{ name: "embedded", context: { cluster: "embedded", user: "tester" } }],
    "current-context": "embedded",
  });
}
