import { describe, expect, it } from "vitest";
import { ConflictError } from "#fleet/errors";
import type { KubeApi, KubeObject } from "#onboard/ports";
import { failureOf, type Scene } from "#test/contracts/kube/scene";

export function describeReads({ kube, namespace, configMap }: Scene): void {
  describe("get and list", () => {
    const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace };
    const namesOf = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name);

    it("get nothing for a name, a namespace and a kind that are not there", async () => {
      expect(await kube().get({ ...configMaps, name: "absent" })).toBeUndefined();
      expect(await kube().get({ ...configMaps, namespace: "nowhere", name: "absent" })).toBeUndefined();
      expect(
        await kube().get({ apiVersion: "absent.example.org/v1", kind: "Nothing", name: "absent" }),
      ).toBeUndefined();
      expect(await kube().get({ apiVersion: "v1", kind: "Nothing", namespace, name: "absent" })).toBeUndefined();
    });

    it("list nothing of a kind that is not known", async () => {
      expect(await kube().list({ apiVersion: "absent.example.org/v1", kind: "Nothing" })).toEqual([]);
    });

    it("find a cluster-wide object", async () => {
      const found = await kube().get({ apiVersion: "v1", kind: "Namespace", name: namespace });
      expect(found).toMatchObject({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    });

    it.each([
      { labelSelector: "tier=a", names: ["sel-1", "sel-2"] },
      { labelSelector: "tier=a,side!=left", names: ["sel-2"] },
      { labelSelector: "tier in (a,b),side", names: ["sel-1", "sel-3"] },
      { labelSelector: "tier,!side", names: ["sel-2"] },
      { labelSelector: "tier notin (a),tier", names: ["sel-3"] },
    ])("select by $labelSelector", async ({ labelSelector, names }) => {
      await kube().apply(configMap("sel-1", {}, { tier: "a", side: "left" }));
      await kube().apply(configMap("sel-2", {}, { tier: "a" }));
      await kube().apply(configMap("sel-3", {}, { tier: "b", side: "right" }));
      expect(namesOf(await kube().list({ ...configMaps, labelSelector }))).toEqual(names);
    });

    it("list over all namespaces", async () => {
      await kube().apply(configMap("anywhere", {}, { only: "me" }));
      const listed = await kube().list({ apiVersion: "v1", kind: "ConfigMap", labelSelector: "only=me" });
      expect(namesOf(listed)).toEqual(["anywhere"]);
    });
  });
}

export function describePages({ kube, subject, namespace, configMap }: Scene): void {
  describe("pages", () => {
    const names = Array.from({ length: 23 }, (_, index) => `page-${String(index).padStart(2, "0")}`);
    const namesOf = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name);

    it("are all listed, each object once and with its kind", async () => {
      for (const name of names) await kube().apply(configMap(name, {}, { page: "yes" }));
      const listed = await kube().list({ apiVersion: "v1", kind: "ConfigMap", namespace, labelSelector: "page=yes" });
      expect(namesOf(listed)).toEqual(names);
      expect(new Set(listed.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(new Set(["v1 ConfigMap"]));
    });

    it("are listed anew when they expire under way", async () => {
      // Of Events an API server keeps nothing in memory: their pages expire with the history of etcd.
      const type = { apiVersion: "v1", kind: "Event" };
      for (const name of names) {
        await kube().apply({ ...type, metadata: { name, namespace }, involvedObject: { namespace } });
      }
      const { forgetMidway } = subject();
      const forgotten = forgetMidway();
      expect(namesOf(await kube().list({ ...type, namespace }))).toEqual(names);
      expect(forgotten()).toBe(true);
    });
  });
}

export function describeDelete({ kube, namespace, configMap }: Scene): void {
  describe("delete", () => {
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace };

    it("removes what is there, and says when it is not", async () => {
      await kube().apply(configMap("gone", {}));
      expect(await kube().delete({ ...ref, name: "gone" })).toBe("deleted");
      expect(await kube().get({ ...ref, name: "gone" })).toBeUndefined();
      expect(await kube().delete({ ...ref, name: "gone" })).toBe("absent");
    });

    it("finds nothing of a kind that is not known", async () => {
      expect(await kube().delete({ apiVersion: "absent.example.org/v1", kind: "Nothing", name: "a" })).toBe("absent");
    });

    it("spares a namesake with another uid", async () => {
      const made = await kube().apply(configMap("namesake", {}));
      const uid = "00000000-0000-4000-8000-000000000000";
      const error = await failureOf(kube().delete({ ...ref, name: "namesake" }, { uid }));
      expect(error).toBeInstanceOf(ConflictError);
      expect(error).toMatchObject({ reason: "conflict" });
      expect(await kube().delete({ ...ref, name: "namesake" }, { uid: made.metadata.uid ?? "" })).toBe("deleted");
    });
  });
}

export function describeDefinitions({ kube, namespace }: Scene): void {
  describe("a custom resource definition", () => {
    const group = `contract-${process.pid}.example.org`;
    const apiVersion = `${group}/v1`;
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const definition: KubeObject = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `berths.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { plural: "berths", singular: "berth", kind: "Berth", listKind: "BerthList" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    };
    const berth: KubeObject = { apiVersion, kind: "Berth", metadata: { name: "one", namespace }, spec: { size: 1 } };

    it("makes its kind known, and takes it away", async () => {
      expect(await failureOf(kube().apply(berth))).toMatchObject({ reason: "not-found" });
      await kube().apply(definition);
      await expect.poll(() => establishedIn(kube(), definition), { timeout: 10_000 }).toBe(true);
      await expect.poll(() => failureOf(kube().apply(berth)), { timeout: 10_000 }).toBe("nothing was thrown");
      expect(await kube().list({ apiVersion, kind: "Berth" })).toMatchObject([{ kind: "Berth", spec: { size: 1 } }]);

      const { kind, metadata } = definition;
      await kube().delete({ apiVersion: definition.apiVersion, kind, name: metadata.name });
      await expect.poll(() => kube().list({ apiVersion, kind: "Berth" }), { timeout: 10_000 }).toEqual([]);
    });
  });
}

async function establishedIn(kube: KubeApi, { apiVersion, kind, metadata }: KubeObject): Promise<boolean> {
  const found = await kube.get({ apiVersion, kind, name: metadata.name });
  return JSON.stringify(found?.status ?? {}).includes('"Established"');
}
