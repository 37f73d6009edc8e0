import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#fleet/clock";
import { helmBinary } from "#helm/binary";
import { CHARTS_FOLDER } from "#helm/charts";
import { helmOn } from "#helm/helm";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { type KubernetesServer, serveKubernetes } from "#local/kubernetes/server";
import { memoryHelm } from "#local/memory-helm";
import type { ChartRef, Helm, KubeApi, KubeObject } from "#onboard/ports";
import { leafValues } from "#profiles/leaf";
import { leafInput } from "#test/factories/leaf-input";

const CHART: ChartRef = {
  name: "kube-prometheus-stack",
  version: "88.5.3-stand-in",
  digest: "sha256:0",
  path: join(CHARTS_FOLDER, "kube-prometheus-stack-stand-in"),
  standIn: true,
};
const PROMETHEUS = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "Prometheus",
  namespace: "monitoring",
  name: "musterbook",
};
const QUERY = { namespace: "monitoring", name: "musterbook-leaf-query" };

async function install(helm: Helm, kube: KubeApi): Promise<readonly (KubeObject | undefined)[]> {
  for (const crd of await helm.crds(CHART)) await kube.apply(crd);
  const values = leafValues(leafInput({ externalLabels: { cluster: "c1", stage: "{{ prod }}" } }));
  const deadline = new Date(Date.now() + 300_000);
  await helm.upgrade({ release: "musterbook", namespace: "monitoring", chart: CHART, values, labels: {}, deadline });
  return await Promise.all([
    kube.get(PROMETHEUS),
    kube.get({ apiVersion: "apps/v1", kind: "Deployment", ...QUERY }),
    kube.get({ apiVersion: "v1", kind: "Service", ...QUERY }),
  ]);
}

describe("the leaf, installed from the stand-in chart by the real helm", () => {
  const cluster = createEmbeddedCluster({ name: "c1" });
  let workDir: string;
  let server: KubernetesServer;
  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), "musterbook-leaf-"));
    server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
  });
  afterEach(async () => {
    await server.close();
    await rm(workDir, { recursive: true, force: true });
  });

  it("is deployed, and what the onboarding looks at is as the in-memory helm makes it", async () => {
    const kube = directKube(cluster);
    const access = { server: server.url, certificateAuthority: null, token: "t" };
    const { helm: binary } = await helmBinary({ path: process.env.PATH ?? "" });
    const helm = helmOn({ binary, access, kube, clock: systemClock, workDir });
    const [prometheus, query, service] = await install(helm, kube);
    expect((await helm.revisions("musterbook", "monitoring"))[0]?.status).toBe("deployed");

    const memory = directKube(createEmbeddedCluster({ name: "c1" }));
    const expected = await install(memoryHelm({ kube: memory, clock: systemClock }), memory);
    expect(prometheus?.spec).toMatchObject(Object(expected[0]?.spec));
    expect(query?.spec).toEqual(expected[1]?.spec);
    expect(service?.spec).toEqual(expected[2]?.spec);
  });
});
