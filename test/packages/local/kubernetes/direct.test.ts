import { describe, expect, it } from "vitest";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { applyObject } from "#local/kubernetes/writes";
import { defineKubeContract } from "#test/contracts/kube";

defineKubeContract("the embedded cluster in process", async () => {
  const cluster = createEmbeddedCluster({ name: "direct" });
  return {
    kube: directKube(cluster),
    reader: directKube(cluster, { name: "reader", groups: [] }),
    applyAs: async (manager, object) => {
      const kind = cluster.kinds.require(object.apiVersion, object.kind);
      applyObject(cluster, { kind, ...object.metadata }, object, { manager, force: true });
    },
    refuse: (how) => cluster.behave({ refuse: how }),
    serve: async (service, answer) => cluster.serve(service, answer),
    // It has no pages.
    forgetMidway: () => () => true,
    close: async () => undefined,
  };
});

describe("directKube", () => {
  it("keeps the objects that were handed in and out apart from later changes", async () => {
    const kube = directKube(createEmbeddedCluster({ name: "apart" }));
    const object = (value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { value },
    });
    const first = await kube.apply(object("1"));
    await kube.apply(object("2"));
    expect(first.data).toEqual({ value: "1" });
  });
});
