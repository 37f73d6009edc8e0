import { describe, expect, it } from "vitest";
import { applyToObserver, connectObserver } from "#onboard/observer";
import { createWorld, OBSERVER } from "#test/packages/onboard/world";

const LIST = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "monitoring", name: "musterbook-endpoints" },
  data: { "endpoints.yaml": "endpoints: []\n" },
};

describe("applyToObserver", () => {
  it("writes an object once", async () => {
    const world = createWorld();
    await applyToObserver(world.ports(), LIST);
    await applyToObserver(world.ports(), LIST);
    expect(world.writes()).toBe(1);
    const { metadata, ...ref } = LIST;
    expect(await world.kubeOf(OBSERVER).get({ ...ref, ...metadata })).toMatchObject({ data: LIST.data });
  });

  it("writes it again when it has changed", async () => {
    const world = createWorld();
    await applyToObserver(world.ports(), LIST);
    await applyToObserver(world.ports(), { ...LIST, data: { "endpoints.yaml": "endpoints: [a]\n" } });
    expect(world.writes()).toBe(2);
  });
});

describe("connectObserver", () => {
  it("names the field to correct when EKS knows no such cluster", async () => {
    const { clusters, ...ports } = createWorld().ports();
    const absent = { ...ports, clusters: { ...clusters, describe: async () => undefined } };
    await expect(connectObserver(absent)).rejects.toMatchObject({ reason: "no-observer", field: "observer.cluster" });
  });
});
