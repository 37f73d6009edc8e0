import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { fieldsOf, fromFieldsV1, toFieldsV1 } from "#local/kubernetes/fields";
import { applyObject, deleteObject } from "#local/kubernetes/writes";
import type { KubeObject } from "#onboard/ports";

function scene() {
  const clock = fixedClock("2026-11-21T10:00:00Z");
  const cluster = createEmbeddedCluster({ name: "apply", clock });
  const apply = (manager: string, object: KubeObject, force = false): KubeObject => {
    const kind = cluster.kinds.require(object.apiVersion, object.kind);
    const target = { kind, namespace: "default", name: object.metadata.name };
    return applyObject(cluster, target, object, { manager, force }).object;
  };
  return { clock, cluster, apply };
}

function configMap(data?: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", ...metadata },
    ...(data === undefined ? {} : { data }),
  };
}

function service(...ports: readonly object[]): KubeObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports } };
}

function managersOf(object: KubeObject): readonly string[] {
  return (object.metadata.managedFields ?? []).map((entry) => (entry as { manager: string }).manager);
}

describe("server-side apply", () => {
  it("records its fields and the time at which they changed", () => {
    const { clock, apply } = scene();
    apply("one", configMap({ x: "1" }, { labels: { team: "t" } }));
    clock.advance(60_000);
    apply("one", configMap({ x: "2" }, { labels: { team: "t" } }));
    const before = apply("one", configMap({ x: "2" }, { labels: { team: "t" } }));
    expect(before.metadata.managedFields).toEqual([
      {
        manager: "one",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-11-21T10:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:metadata": { "f:labels": { "f:team": {} } }, "f:data": { "f:x": {} } },
      },
    ]);
  });

  it("drops a map that it empties", () => {
    const { apply } = scene();
    apply("one", configMap({ x: "1" }, { labels: { team: "t" } }));
    const after = apply("one", configMap());
    expect(after.data).toBeUndefined();
    expect(after.metadata.labels).toBeUndefined();
    expect(managersOf(after)).toEqual([]);
  });

  it("keeps a map that is no longer empty", () => {
    const { apply } = scene();
    apply("one", configMap({}));
    expect(apply("one", configMap({ x: "1" })).data).toEqual({ x: "1" });
  });

  it("takes by force what another held, who then no longer removes it", () => {
    const { apply } = scene();
    apply("one", configMap({ x: "1", y: "1" }));
    apply("two", configMap({ x: "2" }), true);
    expect(apply("one", configMap({ y: "1" })).data).toEqual({ x: "2", y: "1" });
  });

  it("names every manager and field of a conflict", () => {
    const { apply } = scene();
    apply("one", configMap({ x: "1", y: "1" }));
    apply("two", configMap({ z: "1" }));
    expect(() => apply("three", configMap({ x: "3", y: "3", z: "3" }))).toThrow(
      'Apply failed with 3 conflicts: conflicts with "one":\n- .data.x\n- .data.y\nconflicts with "two":\n- .data.z',
    );
  });

  it("merges ports by number and protocol, and removes its own", () => {
    const { apply } = scene();
    apply("one", service({ port: 80, name: "http" }, { port: 443, name: "https" }));
    apply("two", service({ port: 53, protocol: "UDP" }));
    const after = apply("one", service({ port: 80, name: "web" }));
    expect(after.spec).toEqual({
      ports: [
        { port: 80, name: "web" },
        { port: 53, protocol: "UDP" },
      ],
    });
  });

  it("names an item of a list in a conflict", () => {
    const { apply } = scene();
    apply("one", service({ port: 80, name: "http" }));
    expect(() => apply("two", service({ port: 80, name: "web" }))).toThrow('.spec.ports[port=80,protocol="TCP"].name');
  });

  it("keeps finalizers as a set", () => {
    const { apply } = scene();
    apply("one", configMap(undefined, { finalizers: ["a.io/x"] }));
    const both = apply("two", configMap(undefined, { finalizers: ["b.io/y"] }));
    expect(both.metadata.finalizers).toEqual(expect.arrayContaining(["a.io/x", "b.io/y"]));
    expect(apply("one", configMap()).metadata.finalizers).toEqual(["b.io/y"]);
  });

  it("takes a list of a custom resource whole", () => {
    const { cluster, apply } = scene();
    const names = { plural: "berths", kind: "Berth" };
    cluster.put({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "berths.example.org" },
      spec: {
        group: "example.org",
        scope: "Namespaced",
        names,
        versions: [{ name: "v1", served: true, storage: true }],
      },
    });
    const berth = (...containers: readonly string[]): KubeObject => ({
      apiVersion: "example.org/v1",
      kind: "Berth",
      metadata: { name: "a" },
      spec: { containers: containers.map((name) => ({ name })) },
    });
    apply("one", berth("a"));
    expect(() => apply("two", berth("b"))).toThrow(".spec.containers");
  });

  it("leaves the status alone, and counts generations by the spec", () => {
    const { cluster, apply } = scene();
    const deployment = (replicas: number): KubeObject => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { replicas },
      status: { replicas: 99 },
    });
    expect(apply("one", deployment(1))).toMatchObject({ metadata: { generation: 1 } });
    cluster.settle();
    const after = apply("one", deployment(2));
    expect(after).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 1, observedGeneration: 1 } });
  });

  it("may insist on a revision", () => {
    const { apply } = scene();
    const { resourceVersion = "" } = apply("one", configMap({ x: "1" })).metadata;
    apply("one", configMap({ x: "2" }, { resourceVersion }));
    expect(() => apply("one", configMap({ x: "3" }, { resourceVersion }))).toThrow("the object has been modified");
  });

  it("gives every new object its own uid, a namesake too", () => {
    const { cluster, apply } = scene();
    const kind = cluster.kinds.require("v1", "ConfigMap");
    const first = apply("one", configMap({}));
    deleteObject(cluster, { kind, namespace: "default", name: "a" }, {});
    expect(apply("one", configMap({})).metadata.uid).not.toBe(first.metadata.uid);
  });

  it("ends where it began when applied twice, whatever is applied", () => {
    const data = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string(), { maxKeys: 4 });
    fc.assert(
      fc.property(data, data, data, (before, other, wanted) => {
        const { apply } = scene();
        apply("one", configMap(before));
        apply("other", configMap(other), true);
        const once = apply("one", configMap(wanted), true);
        expect(apply("one", configMap(wanted), true)).toEqual(once);
        expect(once.data ?? {}).toEqual({ ...Object.fromEntries(Object.entries(other)), ...wanted });
      }),
      { numRuns: 50 },
    );
  });
});

describe("fieldsV1", () => {
  it("comes back as it was written", () => {
    const containers = [{ name: "a", image: "a:1", env: [{ name: "X", value: "1" }], args: ["--a", "--b"] }];
    const object = { metadata: { labels: { "a.io/b": "c" } }, spec: { template: { spec: { containers } } } };
    const fields = new Set(fieldsOf(object, true).keys());
    expect(fromFieldsV1(toFieldsV1(fields))).toEqual(fields);
  });
});
