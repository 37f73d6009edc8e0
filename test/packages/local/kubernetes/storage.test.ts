import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { sqliteKubeStorage } from "#local/kubernetes/storage";
import type { KubeObject } from "#onboard/ports";

const DEFINITION: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "berths.example.org" },
  spec: {
    group: "example.org",
    scope: "Cluster",
    names: { plural: "berths", kind: "Berth" },
    versions: [{ name: "v1", served: true, storage: true }],
  },
};

function configMap(name: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { name } };
}

describe("sqliteKubeStorage", () => {
  it("brings a cluster back as it was", async () => {
    const db = new DatabaseSync(":memory:");
    const start = () => createEmbeddedCluster({ name: "a", storage: sqliteKubeStorage(db, "a") });
    const before = start();
    const kube = directKube(before);
    await kube.apply(DEFINITION);
    await kube.apply({ apiVersion: "example.org/v1", kind: "Berth", metadata: { name: "one" } });
    for (const name of ["kept", "gone"]) await kube.apply(configMap(name));
    await kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "gone" });
    await kube.list(DEFINITION);

    const after = start();
    for (const resource of before.store.resources()) {
      expect(after.store.list(resource)).toEqual(before.store.list(resource));
    }
    await expect(directKube(after).list({ apiVersion: "example.org/v1", kind: "Berth" })).resolves.toHaveLength(1);
    const next = await directKube(after).apply(configMap("next"));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(before.store.revision() - 2);
  });

  it("lets the controllers go on where they were", async () => {
    const db = new DatabaseSync(":memory:");
    const start = () => createEmbeddedCluster({ name: "a", storage: sqliteKubeStorage(db, "a") });
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 1 } };
    await directKube(start()).apply(deployment);
    const found = await directKube(start()).get({ ...deployment, name: "web" });
    expect(found?.status).toMatchObject({ readyReplicas: 1 });
  });

  it("keeps clusters in one database apart", async () => {
    const db = new DatabaseSync(":memory:");
    const first = createEmbeddedCluster({ name: "a", storage: sqliteKubeStorage(db, "a") });
    await directKube(first).apply(configMap("only-in-a"));
    const second = createEmbeddedCluster({ name: "b", storage: sqliteKubeStorage(db, "b") });
    expect(second.store.list("/configmaps")).toEqual([]);
  });
});
