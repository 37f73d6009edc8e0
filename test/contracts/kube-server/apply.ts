import { describe, expect, it } from "vitest";
import type { Reply, Scene } from "#test/contracts/kube-server/scene";

function managersOf({ body }: Reply): readonly string[] {
  return (body.metadata.managedFields ?? []).map(({ manager }) => manager);
}

export function describeApply(scene: () => Scene): void {
  describe("server-side apply", () => {
    it("makes with 201 and changes with 200, and records who holds what", async () => {
      const { apply } = scene();
      const labels = { team: "t" };
      expect(await apply("one", "a", { data: { x: "1" }, metadata: { labels } })).toMatchObject({ code: 201 });
      const reply = await apply("one", "a", { data: { x: "2" }, metadata: { labels } });
      expect(reply).toMatchObject({ code: 200, body: { data: { x: "2" } } });
      expect(reply.body.metadata.managedFields).toEqual([
        {
          manager: "one",
          operation: "Apply",
          apiVersion: "v1",
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          fieldsType: "FieldsV1",
          fieldsV1: { "f:data": { "f:x": {} }, "f:metadata": { "f:labels": { "f:team": {} } } },
        },
      ]);
    });

    it("conflicts with the manager named, unless it is forced", async () => {
      const { apply } = scene();
      await apply("one", "a", { data: { x: "1" } });
      expect(await apply("two", "a", { data: { x: "2" } })).toMatchObject({
        code: 409,
        body: {
          message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
          reason: "Conflict",
          details: { causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.x" }] },
        },
      });
      expect(await apply("two", "a", { data: { x: "2" } }, "&force=true")).toMatchObject({
        code: 200,
        body: { data: { x: "2" } },
      });
    });

    it("names every manager and field of a conflict", async () => {
      const { apply } = scene();
      await apply("one", "a", { data: { x: "1", y: "1" } });
      await apply("two", "a", { data: { z: "1" } });
      expect((await apply("three", "a", { data: { x: "3", y: "3", z: "3" } })).body.message).toBe(
        'Apply failed with 3 conflicts: conflicts with "one":\n- .data.x\n- .data.y\nconflicts with "two":\n- .data.z',
      );
    });

    it("names who changed a field otherwise", async () => {
      const { apply, patch, configMaps } = scene();
      await apply("one", "a", { data: { x: "1" } });
      await patch(`${configMaps}/a?fieldManager=editor`, "merge-patch+json", { data: { x: "2" } });
      expect((await apply("one", "a", { data: { x: "1" } })).body.message).toBe(
        'Apply failed with 1 conflict: conflict with "editor" using v1: .data.x',
      );
    });

    it("removes what its manager no longer applies, and no other's", async () => {
      const { apply } = scene();
      await apply("one", "a", { data: { x: "1", y: "1", z: "1" } });
      await apply("two", "a", { data: { y: "1" } });
      expect((await apply("one", "a", { data: { z: "1" } })).body.data).toEqual({ y: "1", z: "1" });
    });

    it("lets whoever lost a field by force do without it", async () => {
      const { apply } = scene();
      await apply("one", "a", { data: { x: "1", y: "1" } });
      await apply("two", "a", { data: { x: "2" } }, "&force=true");
      expect((await apply("one", "a", { data: { y: "1" } })).body.data).toEqual({ x: "2", y: "1" });
    });

    it("drops a map that it empties, and whoever holds nothing", async () => {
      const { apply } = scene();
      await apply("one", "a", { data: { x: "1" }, metadata: { labels: { team: "t" } } });
      const after = await apply("one", "a", {});
      expect(after.body).not.toHaveProperty("data");
      expect(after.body.metadata).not.toHaveProperty("labels");
      expect(managersOf(after)).toEqual([]);
    });

    it("holds an empty map, which conflicts with every other", async () => {
      const { apply } = scene();
      await apply("one", "a", { metadata: { labels: {} }, data: {} });
      expect((await apply("two", "a", { metadata: { labels: {} }, data: {} })).body.message).toBe(
        'Apply failed with 2 conflicts: conflicts with "one":\n- .data\n- .metadata.labels',
      );
    });

    it("merges ports by number and protocol, and names them in a conflict", async () => {
      const { patch, namespace } = scene();
      const apply = (manager: string, ...ports: readonly object[]) =>
        patch(`/api/v1/namespaces/${namespace}/services/s?fieldManager=${manager}`, "apply-patch+yaml", {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "s" },
          spec: { ports },
        });
      await apply("one", { port: 80, name: "http" }, { port: 443, name: "https" });
      await apply("two", { port: 53, protocol: "UDP", name: "dns" });
      expect((await apply("three", { port: 80, name: "web" })).body.message).toBe(
        'Apply failed with 1 conflict: conflict with "one": .spec.ports[port=80,protocol="TCP"].name',
      );
      const { spec } = (await apply("one", { port: 80, name: "web" })).body;
      expect((spec as { ports: readonly object[] }).ports).toMatchObject([
        { port: 80, name: "web" },
        { port: 53, protocol: "UDP" },
      ]);
    });

    it("does not go by a revision that is past", async () => {
      const { apply } = scene();
      const { body } = await apply("one", "a", { data: { x: "1" } });
      const { resourceVersion } = body.metadata;
      expect((await apply("one", "a", { metadata: { resourceVersion }, data: { x: "2" } })).code).toBe(200);
      expect(await apply("one", "a", { metadata: { resourceVersion }, data: { x: "3" } })).toMatchObject({
        code: 409,
        body: { reason: "Conflict" },
      });
    });

    it("wants to know who applies", async () => {
      const { patch, configMaps } = scene();
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
      expect(await patch(`${configMaps}/a`, "apply-patch+yaml", body)).toMatchObject({
        code: 422,
        body: { message: expect.stringContaining("fieldManager: Required value: is required for apply patch") },
      });
    });

    it("wants the name in the body too", async () => {
      const { patch, configMaps } = scene();
      const body = { apiVersion: "v1", kind: "ConfigMap" };
      expect(await patch(`${configMaps}/a?fieldManager=me`, "apply-patch+yaml", body)).toMatchObject({
        code: 400,
        body: { message: expect.stringContaining("name must be provided") },
      });
    });

    it("takes no word about who holds what", async () => {
      const { apply } = scene();
      const { metadata } = (await apply("one", "a", { data: { x: "1" } })).body;
      const { managedFields } = metadata;
      expect(await apply("one", "a", { metadata: { managedFields } })).toMatchObject({
        code: 400,
        body: { message: expect.stringContaining("metadata.managedFields must be nil") },
      });
    });
  });
}
