import { describe, expect, it } from "vitest";
import { createObject, replaceObject } from "#local/kubernetes/writes";
import { applyToObserver, connectObserver } from "#onboard/observer";
import { isPlaceholder } from "#stores/configmap";
import { createWorld, OBSERVER } from "#test/packages/onboard/world";

const LIST = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "monitoring", name: "musterbook-endpoints" },
  data: { "endpoints.yaml": "endpoints: [a]\n" },
};
const REF = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };

describe("applyToObserver", () => {
  it("writes an object once", async () => {
    const world = createWorld();
    await applyToObserver(world.ports(), LIST, isPlaceholder);
    await applyToObserver(world.ports(), LIST, isPlaceholder);
    expect(world.writes()).toBe(1);
    expect(await world.kubeOf(OBSERVER).get(REF)).toMatchObject({ data: LIST.data });
  });

  it("writes it again when it has changed", async () => {
    const world = createWorld();
    await applyToObserver(world.ports(), LIST, isPlaceholder);
    await applyToObserver(world.ports(), { ...LIST, data: { "endpoints.yaml": "endpoints: [b]\n" } }, isPlaceholder);
    expect(world.writes()).toBe(2);
  });

  describe("over an object that somebody else wrote", () => {
    const written = (text: string, labels: Readonly<Record<string, string>> = {}) => {
      const world = createWorld();
      const { metadata } = LIST;
      const body = { ...LIST, metadata: { ...metadata, labels }, data: { "endpoints.yaml": text } };
      const kind = world.server(OBSERVER).kinds.require("v1", "ConfigMap");
      createObject(world.server(OBSERVER), kind, { ...metadata, body }, { manager: "kubectl-create" });
      const apply = () => applyToObserver(world.ports(), LIST, isPlaceholder);
      return { apply, data: async () => (await world.kubeOf(OBSERVER).get(REF))?.data };
    };

    it.each(["", "endpoints: []"])("replaces what only holds the place: %j", async (text) => {
      const { apply, data } = written(text);
      await apply();
      expect(await data()).toEqual(LIST.data);
    });

    it("writes again what somebody has emptied", async () => {
      const world = createWorld();
      const labels = { "app.kubernetes.io/managed-by": "musterbook" };
      const ours = { ...LIST, metadata: { ...LIST.metadata, labels } };
      await applyToObserver(world.ports(), ours, isPlaceholder);
      const server = world.server(OBSERVER);
      const target = { kind: server.kinds.require("v1", "ConfigMap"), ...LIST.metadata };
      replaceObject(server, target, { ...ours, data: { "endpoints.yaml": "" } }, { manager: "kubectl-edit" });
      await applyToObserver(world.ports(), ours, isPlaceholder);
      expect(await world.kubeOf(OBSERVER).get(REF)).toMatchObject({ data: LIST.data });
    });

    it("keeps a list with endpoints", async () => {
      const { apply, data } = written("endpoints: [theirs]");
      await expect(apply()).rejects.toMatchObject({ reason: "field-conflict", value: "kubectl-create" });
      expect(await data()).toEqual({ "endpoints.yaml": "endpoints: [theirs]" });
    });

    it("keeps a placeholder of a tool, which would make it again", async () => {
      const { apply, data } = written("", { "app.kubernetes.io/managed-by": "Helm" });
      await expect(apply()).rejects.toMatchObject({ reason: "field-conflict" });
      expect(await data()).toEqual({ "endpoints.yaml": "" });
    });
  });
});

describe("connectObserver", () => {
  it("names the field to correct when EKS knows no such cluster", async () => {
    const { clusters, ...ports } = createWorld().ports();
    const absent = { ...ports, clusters: { ...clusters, describe: async () => undefined } };
    await expect(connectObserver(absent)).rejects.toMatchObject({ reason: "no-observer", field: "observer.cluster" });
  });
});
