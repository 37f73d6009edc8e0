import { beforeEach, describe, expect, it } from "vitest";
import { type Body, configMap, type Reply, type Scene } from "#test/contracts/kube-server/scene";

function namesIn({ body }: Reply): readonly string[] {
  return body.items.map(({ metadata }: Body) => metadata.name);
}

export function describeLists(scene: () => Scene): void {
  describe("lists", () => {
    beforeEach(async () => {
      const { call, configMaps } = scene();
      for (const name of ["a", "b", "c", "d", "e"]) {
        const labels = { side: name < "c" ? "left" : "right" };
        await call("POST", configMaps, configMap(name, {}, { labels }));
      }
    });

    it("come in pages of one revision", async () => {
      const { call, configMaps } = scene();
      const first = await call("GET", `${configMaps}?limit=2`);
      expect(first.body).toMatchObject({ kind: "ConfigMapList", metadata: { remainingItemCount: 3 }, items: [{}, {}] });
      const second = await call("GET", `${configMaps}?limit=2&continue=${first.body.metadata.continue}`);
      expect(namesIn(second)).toEqual(["c", "d"]);
      const last = await call("GET", `${configMaps}?limit=2&continue=${second.body.metadata.continue}`);
      expect(namesIn(last)).toEqual(["e"]);
      expect(last.body.metadata.continue).toBeUndefined();
      expect(new Set([first, second, last].map(({ body }) => body.metadata.resourceVersion)).size).toBe(1);
    });

    it("show on a later page what was there at the first", async () => {
      const { call, patch, configMaps } = scene();
      const first = await call("GET", `${configMaps}?limit=1`);
      await call("POST", configMaps, configMap("bb"));
      await patch(`${configMaps}/c`, "merge-patch+json", { data: { changed: "yes" } });
      await call("DELETE", `${configMaps}/d`);
      const rest = await call("GET", `${configMaps}?limit=9&continue=${first.body.metadata.continue}`);
      expect(namesIn(rest)).toEqual(["b", "c", "d", "e"]);
      expect(rest.body.items[1]?.data).toBeUndefined();
    });

    it("cannot go on once their revision is forgotten, but anew or at another", async () => {
      const { call, namespace, subject } = scene();
      const events = `/api/v1/namespaces/${namespace}/events`;
      for (const name of ["a", "b", "c"])
        await call("POST", events, { metadata: { name }, involvedObject: { namespace } });
      const first = await call("GET", `${events}?limit=1`);
      await subject.forget();
      const refused = await call("GET", `${events}?limit=9&continue=${first.body.metadata.continue}`);
      expect(refused).toMatchObject({ code: 410, body: { reason: "Expired" } });
      expect(refused.body.message).toMatch(/^The provided continue parameter is too old/);
      const rest = await call("GET", `${events}?limit=9&continue=${refused.body.metadata.continue}`);
      expect(namesIn(rest)).toEqual(["b", "c"]);
    });

    it("refuse a token that is none", async () => {
      const { call, configMaps } = scene();
      expect(await call("GET", `${configMaps}?limit=2&continue=nonsense`)).toMatchObject({
        code: 400,
        body: { message: expect.stringContaining("continue key is not valid") },
      });
    });

    it("select by field and by label, and refuse other fields", async () => {
      const { call, configMaps } = scene();
      expect(namesIn(await call("GET", `${configMaps}?fieldSelector=metadata.name%3Db`))).toEqual(["b"]);
      expect(namesIn(await call("GET", `${configMaps}?labelSelector=side+in+(right)`))).toEqual(["c", "d", "e"]);
      expect((await call("GET", `${configMaps}?fieldSelector=spec.x%3Db`)).code).toBe(400);
    });

    it("come as metadata alone", async () => {
      const { call, configMaps } = scene();
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
      const { body } = await call("GET", configMaps, undefined, { accept });
      expect(body.kind).toBe("PartialObjectMetadataList");
      expect(body.items[0]).toMatchObject({ metadata: { name: "a" } });
      expect(body.items[0]).not.toHaveProperty("data");
      const one = await call("GET", `${configMaps}/a`, undefined, { accept: accept.replace("List", "") });
      expect(one.body.kind).toBe("PartialObjectMetadata");
    });

    it("are deleted whole", async () => {
      const { call, configMaps } = scene();
      await call("DELETE", `${configMaps}?labelSelector=side%3Dleft`);
      expect(namesIn(await call("GET", configMaps))).toEqual(["c", "d", "e"]);
    });
  });
}
