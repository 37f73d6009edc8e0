import { describe, expect, it } from "vitest";
import { configMap, type Scene } from "#test/contracts/kube-server/scene";

export function describeObjects(scene: () => Scene): void {
  describe("objects", () => {
    it("are made by POST once", async () => {
      const { call, configMaps, namespace } = scene();
      const first = await call("POST", configMaps, configMap("a"));
      expect(first).toMatchObject({ code: 201, body: { metadata: { namespace, uid: expect.any(String) } } });
      expect(await call("POST", configMaps, configMap("a"))).toMatchObject({
        code: 409,
        body: {
          message: 'configmaps "a" already exists',
          reason: "AlreadyExists",
          details: { name: "a", kind: "configmaps" },
        },
      });
    });

    it("get a name from generateName", async () => {
      const { call, configMaps } = scene();
      const { body } = await call("POST", configMaps, { metadata: { generateName: "some-" } });
      expect(body.metadata.name).toMatch(/^some-.{5}$/);
    });

    it("are replaced by PUT at the revision that was read, and no other", async () => {
      const { call, configMaps } = scene();
      const { body: made } = await call("POST", configMaps, configMap("a", { x: "1" }));
      const changed = { ...made, data: { x: "2" } };
      expect(await call("PUT", `${configMaps}/a`, changed)).toMatchObject({ code: 200, body: { data: { x: "2" } } });
      expect(await call("PUT", `${configMaps}/a`, changed)).toMatchObject({
        code: 409,
        body: {
          message:
            'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
          reason: "Conflict",
        },
      });
    });

    it.each([
      ["merge-patch+json", { data: { x: null, y: "2" } }],
      ["strategic-merge-patch+json", { data: { x: null, y: "2" } }],
      [
        "json-patch+json",
        [
          { op: "remove", path: "/data/x" },
          { op: "add", path: "/data/y", value: "2" },
        ],
      ],
    ])("are changed by a %s, which makes none", async (type, body) => {
      const { call, patch, configMaps } = scene();
      await call("POST", configMaps, configMap("a", { x: "1" }));
      expect(await patch(`${configMaps}/a`, type, body)).toMatchObject({ code: 200, body: { data: { y: "2" } } });
      expect(await patch(`${configMaps}/absent`, type, body)).toMatchObject({ code: 404 });
    });

    it("are not written by a dry run", async () => {
      const { call, apply, configMaps } = scene();
      expect((await call("POST", `${configMaps}?dryRun=All`, configMap("a"))).code).toBe(201);
      expect((await apply("me", "a", { data: { x: "1" } }, "&dryRun=All")).code).toBe(201);
      expect((await call("GET", `${configMaps}/a`)).code).toBe(404);
    });

    it("keep status and spec apart where status is a subresource", async () => {
      const { call, patch, namespace } = scene();
      const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
      const wanted = (name: string) => ({ defaultBackend: { service: { name, port: { number: 80 } } } });
      const seen = (hostname: string) => ({ loadBalancer: { ingress: [{ hostname }] } });
      const { body: made } = await call("POST", path, {
        metadata: { name: "i" },
        spec: wanted("a"),
        status: seen("lost"),
      });
      expect(JSON.stringify(made.status ?? {})).not.toContain("lost");
      await patch(`${path}/i/status`, "merge-patch+json", { status: seen("ours"), spec: wanted("b") });
      await patch(`${path}/i`, "merge-patch+json", { status: seen("lost") });
      expect((await call("GET", `${path}/i`)).body).toMatchObject({ spec: wanted("a"), status: seen("ours") });
    });

    it("are deleted under preconditions", async () => {
      const { call, configMaps } = scene();
      const { body: made } = await call("POST", configMaps, configMap("a"));
      const other = { preconditions: { uid: "other" } };
      expect(await call("DELETE", `${configMaps}/a`, other)).toMatchObject({
        code: 409,
        body: {
          message: `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
          reason: "Conflict",
        },
      });
      await call("DELETE", `${configMaps}/a`, { dryRun: ["All"] });
      const own = { propagationPolicy: "Background", preconditions: { uid: made.metadata.uid } };
      expect(await call("DELETE", `${configMaps}/a`, own)).toMatchObject({ code: 200, body: { status: "Success" } });
      expect((await call("GET", `${configMaps}/a`)).code).toBe(404);
    });

    it("stay until their finalizers are gone", async () => {
      const { call, patch, configMaps } = scene();
      await call("POST", configMaps, configMap("a", {}, { finalizers: ["example.org/hold"] }));
      expect((await call("DELETE", `${configMaps}/a`)).body.metadata.deletionTimestamp).toBeDefined();
      expect((await call("GET", `${configMaps}/a`)).code).toBe(200);
      await patch(`${configMaps}/a`, "merge-patch+json", { metadata: { finalizers: null } });
      expect((await call("GET", `${configMaps}/a`)).code).toBe(404);
    });
  });
}

export function describeValidation(scene: () => Scene): void {
  describe("validation", () => {
    it.each([
      { what: "another kind", body: { ...configMap("a"), kind: "Secret" }, code: 400 },
      { what: "another namespace", body: configMap("a", {}, { namespace: "kube-system" }), code: 400 },
      { what: "no name", body: { metadata: {} }, code: 422 },
      { what: "a name that is none", body: configMap("No Name"), code: 422 },
      { what: "a label that is none", body: configMap("a", {}, { labels: { team: "a b" } }), code: 422 },
      { what: "too much data", body: configMap("a", { x: "x".repeat(1_048_577) }), code: 422 },
      { what: "a number for a text", body: configMap("a", { x: 1 }), code: 400 },
      { what: "a list for a map", body: { ...configMap("a"), data: ["x"] }, code: 400 },
    ])("refuses $what", async ({ body, code }) => {
      const { call, configMaps } = scene();
      expect(await call("POST", configMaps, body)).toMatchObject({ code, body: { kind: "Status" } });
      expect((await call("GET", configMaps)).body.items.filter(({ metadata }) => metadata.name === "a")).toEqual([]);
    });

    it("names the field and the value", async () => {
      const { call, configMaps } = scene();
      const { body } = await call("POST", configMaps, configMap("a", {}, { labels: { team: "a b" } }));
      expect(body).toMatchObject({
        reason: "Invalid",
        message: expect.stringMatching(/^ConfigMap "a" is invalid: metadata.labels: Invalid value: "a b"/),
        details: { name: "a", kind: "ConfigMap", causes: [{ reason: "FieldValueInvalid", field: "metadata.labels" }] },
      });
    });

    const unknown = { ...configMap("a"), dta: { x: "1" } };
    it("refuses a field that is not known when it is to be strict", async () => {
      const { call, configMaps } = scene();
      expect(await call("POST", `${configMaps}?fieldValidation=Strict`, unknown)).toMatchObject({
        code: 400,
        body: { message: expect.stringContaining('strict decoding error: unknown field "dta"'), reason: "BadRequest" },
      });
    });

    it.each([
      { query: "?fieldValidation=Warn", warning: '299 - "unknown field \\"dta\\""' },
      { query: "", warning: '299 - "unknown field \\"dta\\""' },
      { query: "?fieldValidation=Ignore", warning: undefined },
    ])("drops a field that is not known: $query", async ({ query, warning }) => {
      const { call, configMaps } = scene();
      const reply = await call("POST", `${configMaps}${query}`, unknown);
      expect(reply).toMatchObject({ code: 201, warning });
      expect(reply.body).not.toHaveProperty("dta");
    });

    it("applies no field that is not known", async () => {
      const { apply } = scene();
      // The server's fault, it says.
      expect(await apply("me", "a", { dta: { x: "1" } })).toMatchObject({
        code: 500,
        body: {
          message: expect.stringMatching(
            /^failed to create typed patch object .*: \.dta: field not declared in schema$/,
          ),
        },
      });
    });

    it("takes words that are no JSON for a bad request", async () => {
      const { call, configMaps } = scene();
      expect((await call("POST", configMaps, Buffer.from("{"))).code).toBe(400);
      expect((await call("PATCH", `${configMaps}/a`, {}, { contentType: "application/json" })).code).toBe(415);
    });
  });
}
