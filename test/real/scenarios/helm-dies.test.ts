import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { helmOn } from "#helm/helm";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import type { Helm, KubeApi } from "#onboard/ports";
import { type LookPorts, reconcile } from "#onboard/reconcile";
import { STAND_IN } from "#test/charts/render";
import { type ApiFront, startApiFront } from "#test/fakes/api-front";
import { type KillableHelm, killableHelm } from "#test/fakes/killable-helm";
import { createWorld, DEV } from "#test/packages/onboard/world";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { type Nodes, playNodes } from "#test/real/servers/nodes";
import { scratchFolder } from "#test/real/servers/scratch";

const CHART = {
  ...{ name: "kube-prometheus-stack", version: "88.5.3-stand-in", digest: "sha256:0" },
  ...{ path: STAND_IN, standIn: true },
};
const NAMESPACE = "monitoring";
const RELEASE = "musterbook";
const POINTS = Array.from({ length: 10 }, (_, index) => ({ point: index + 1 }));
const KINDS = [
  ["v1", "ConfigMap", "Secret", "Service", "ServiceAccount"],
  ["apps/v1", "DaemonSet", "Deployment"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  ["policy/v1", "PodDisruptionBudget"],
  ["monitoring.coreos.com/v1", "Alertmanager", "Prometheus", "PrometheusRule", "ServiceMonitor"],
] as const;
const LONGEST_RECOVERY = 20;
const HOUR_MS = 60 * 60_000;

let cluster: RealCluster;
let nodes: Nodes;
let front: ApiFront;
let killable: KillableHelm;
let kube: KubeApi;
let helm: Helm;
let mark = 0;
let undisturbed: readonly string[] = [];

/** Everything but the cluster is in memory; its clock goes with the cluster's, and ahead of it while nobody is at work. */
const world = createWorld({ newClusters: { mode: "manage", since: new Date(Date.now() - HOUR_MS).toISOString() } });
let ahead = 0;

beforeAll(async () => {
  cluster = await startCluster();
  const folder = await scratchFolder();
  [nodes, front, killable] = await Promise.all([playNodes(cluster), startApiFront(cluster), killableHelm(folder)]);
  kube = kubeApi(fromKubeconfig({ file: cluster.kubeconfig }));
  const access = { ...front, token: cluster.adminToken };
  helm = helmOn({ binary: killable.binary, access, kube, clock: world.clock, workDir: folder });
  world.clock.set(new Date());
  world.clusters.create(DEV);
  ahead = HOUR_MS;
});
afterAll(async () => {
  await nodes.stop();
  await front.close();
  await cluster.stop();
});

function ports(): LookPorts {
  world.clock.set(new Date(Date.now() + ahead));
  const ours = world.ports();
  return {
    ...ours,
    chart: async () => CHART,
    connector: {
      connect: async (description) =>
        description.ref.arn === DEV.arn ? { kube, helm } : await ours.connector.connect(description),
    },
  };
}

/** Wants what is not there yet: one more ConfigMap in the release, or another text in it. */
function wantAnother(): void {
  mark += 1;
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "mark" }, data: { mark: String(mark) } };
  world.configure({ leaf: { values: [{ select: {}, values: { extraManifests: { mark: object } } }] } });
}

async function isDeployed(): Promise<boolean> {
  const [newest] = await helm.revisions(RELEASE, NAMESPACE);
  const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: NAMESPACE, name: "mark" });
  const { mark: text } = (found?.data ?? {}) as { mark?: string };
  return newest?.status === "deployed" && text === String(mark);
}

/** Looks, as the queue and the tick would, until the wanted release is deployed. Returns what the looks said. */
async function lookUntilDeployed(): Promise<readonly string[]> {
  const said: string[] = [];
  while (said.length < LONGEST_RECOVERY) {
    const { outcome, again, because } = await reconcile(DEV, ports());
    said.push(`${outcome}: ${because}`);
    if (await isDeployed()) return said;
    if (again instanceof Date) ahead += Math.max(0, again.getTime() - world.clock.now().getTime());
  }
  throw new Error(`not deployed after ${LONGEST_RECOVERY} looks:\n${said.join("\n")}`);
}

/** Counts helm's writes, and kills it after the one that is named. */
function countWrites(killAfter?: number): () => number {
  let writes = 0;
  front.rule({
    after({ writes: isWrite, path }) {
      if (!isWrite || path.includes("dryRun=")) return;
      writes += 1;
      if (writes === killAfter) killable.signal("SIGKILL");
    },
  });
  return () => writes;
}

/** The first write, the last one, and as many between them. */
function writeAt(point: number, all: number): number {
  return 1 + Math.round(((point - 1) * (all - 1)) / (POINTS.length - 1));
}

async function survives(killAfter: number): Promise<void> {
  const writes = countWrites(killAfter);
  const said = await lookUntilDeployed();
  front.rule({});

  expect(writes()).toBeGreaterThanOrEqual(killAfter);
  expect(said.filter((line) => line.startsWith("failed"))).toEqual([]);
  const revisions = await helm.revisions(RELEASE, NAMESPACE);
  expect(revisions.filter(({ status }) => status === "deployed")).toHaveLength(1);
  expect(await inventory()).toEqual(undisturbed);
}

/** Every object that helm made, of the kinds that matter here. */
async function inventory(): Promise<readonly string[]> {
  const listed = KINDS.map(async ([apiVersion, ...kinds]) => {
    const found = kinds.map((kind) =>
      kube.list({ apiVersion, kind, labelSelector: "app.kubernetes.io/managed-by=Helm" }),
    );
    return (await Promise.all(found)).flat();
  });
  const objects = (await Promise.all(listed)).flat();
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? "-"} ${metadata.name}`).toSorted();
}

describe("helm killed in an install", () => {
  let all = 0;
  beforeAll(async () => {
    wantAnother();
    const writes = countWrites();
    await lookUntilDeployed();
    all = writes();
    undisturbed = await inventory();
    expect(undisturbed.length).toBeGreaterThan(50);
  });

  it.each(POINTS)("at point $point of 10 ends up deployed, and nobody has to help", async ({ point }) => {
    await helm.uninstall(RELEASE, NAMESPACE, new Date(world.clock.now().getTime() + HOUR_MS));
    await survives(writeAt(point, all));
  });
});

describe("helm killed in an upgrade", () => {
  let all = 0;
  beforeAll(async () => {
    wantAnother();
    const writes = countWrites();
    await lookUntilDeployed();
    all = writes();
  });

  it.each(POINTS)("at point $point of 10 ends up deployed, and nobody has to help", async ({ point }) => {
    wantAnother();
    await survives(writeAt(point, all));
  });
});
