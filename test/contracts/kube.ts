import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConflictError, RetryableError, TerminalError } from "#fleet/errors";
import type { KubeApi, KubeObject } from "#onboard/ports";

/** One cluster, and what the suite needs besides the port. */
export interface KubeSubject {
  readonly kube: KubeApi;
  /** Server-side apply by another manager, by force. */
  readonly applyAs: (manager: string, object: KubeObject) => Promise<void>;
  /** Makes every request fail so, `forbidden` every one for objects; null ends it. */
  readonly refuse: (how: "unauthorized" | "forbidden" | "throttled" | "unavailable" | "unreachable" | null) => void;
  /** Puts a text behind a Service. */
  readonly serve: (
    service: { readonly namespace: string; readonly service: string; readonly port: number },
    answer: (path: string) => { readonly status: number; readonly body: string },
  ) => Promise<void>;
  /** Lets the server forget all history once, when the second page of the next list is asked for. The answer tells whether it came to that. */
  readonly forgetMidway: () => () => boolean;
  readonly close: () => Promise<void>;
}

/** What `KubeApi` promises, of every adapter; each run makes its own namespace. */
export function defineKubeContract(name: string, make: () => Promise<KubeSubject>): void {
  describe(`${name}, as a KubeApi`, () => {
    const namespace = `contract-${process.pid.toString(36)}`;
    let subject: KubeSubject;
    beforeAll(async () => {
      subject = await make();
      await subject.kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    });
    afterAll(async () => {
      await subject.kube.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await subject.close();
    });

    const scene: Scene = {
      kube: () => subject.kube,
      subject: () => subject,
      namespace,
      configMap: (object, data, labels = {}) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: object, namespace, labels },
        data,
      }),
    };
    it("tells its version", async () => {
      expect((await subject.kube.version()).gitVersion).toMatch(/^v1\.\d+\.\d+/);
    });
    describeApply(scene);
    describeReads(scene);
    describePages(scene);
    describeDelete(scene);
    describeDefinitions(scene);
    describeProxy(scene);
    describeRefusals(scene);
  });
}

interface Scene {
  readonly kube: () => KubeApi;
  readonly subject: () => KubeSubject;
  readonly namespace: string;
  readonly configMap: (name: string, data: object, labels?: Readonly<Record<string, string>>) => KubeObject;
}

async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
}

function describeApply({ kube, subject, namespace, configMap }: Scene): void {
  describe("apply", () => {
    const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace, name });

    it("creates what is missing", async () => {
      const made = await kube().apply(configMap("made", { a: "1" }, { team: "x" }));
      expect(made).toMatchObject({ kind: "ConfigMap", data: { a: "1" }, metadata: { name: "made", namespace } });
      expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await kube().get(ref("made"))).toEqual(made);
    });

    it("changes what is there and keeps its uid", async () => {
      const before = await kube().apply(configMap("changed", { a: "1" }));
      const after = await kube().apply(configMap("changed", { a: "2" }));
      expect(after).toMatchObject({ data: { a: "2" }, metadata: { uid: before.metadata.uid } });
      expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    });

    it("writes nothing when nothing changes", async () => {
      const before = await kube().apply(configMap("same", { a: "1", b: "2" }));
      const after = await kube().apply(configMap("same", { b: "2", a: "1" }));
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it("removes a field that it no longer applies, and no other", async () => {
      await kube().apply(configMap("shrunk", { a: "1", b: "2" }));
      await subject().applyAs("other", configMap("shrunk", { c: "3" }));
      expect((await kube().apply(configMap("shrunk", { a: "1" }))).data).toEqual({ a: "1", c: "3" });
    });

    it("changes nothing and names the manager who holds a field at another value", async () => {
      await subject().applyAs("gitops", configMap("held", { a: "theirs" }));
      const error = await failureOf(kube().apply(configMap("held", { a: "ours", b: "new" })));
      expect(error).toBeInstanceOf(ConflictError);
      expect(error).toMatchObject({ reason: "field-conflict", value: "gitops", field: ".data.a" });
      expect((await kube().get(ref("held")))?.data).toEqual({ a: "theirs" });
    });

    it("shares a field with a manager who wants the same", async () => {
      await subject().applyAs("gitops", configMap("shared", { a: "1" }));
      await kube().apply(configMap("shared", { a: "1" }));
      expect((await kube().apply(configMap("shared", {}))).data).toEqual({ a: "1" });
    });

    it("merges containers by name", async () => {
      const deployment = (...containers: readonly object[]): KubeObject => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "merged", namespace },
        spec: {
          selector: { matchLabels: { app: "merged" } },
          template: { metadata: { labels: { app: "merged" } }, spec: { containers } },
        },
      });
      await kube().apply(deployment({ name: "a", image: "a:1" }));
      await subject().applyAs("injector", deployment({ name: "b", image: "b:1" }));
      const after = await kube().apply(deployment({ name: "a", image: "a:2" }));
      expect(after.spec).toMatchObject({
        template: {
          spec: {
            containers: expect.arrayContaining([
              expect.objectContaining({ name: "a", image: "a:2" }),
              expect.objectContaining({ name: "b", image: "b:1" }),
            ]),
          },
        },
      });
    });

    it("refuses a Secret of more than 1 MiB", async () => {
      const data = { big: Buffer.alloc(1_048_577).toString("base64") };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "big", namespace }, data };
      const error = await failureOf(kube().apply(secret));
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining("Too long") });
    });

    it("names a field that the kind does not have, and one of the wrong type", async () => {
      for (const [content, field] of [
        [{ dta: { a: "1" } }, ".dta"],
        [{ data: { a: 1 } }, ".data"],
      ] as const) {
        const error = await failureOf(kube().apply({ ...configMap("typo", {}), ...content }));
        expect(error).toBeInstanceOf(TerminalError);
        expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining(field) });
      }
      expect(await kube().get(ref("typo"))).toBeUndefined();
    });

    it("refuses a label that is none, and names it", async () => {
      const error = await failureOf(kube().apply(configMap("labelled", {}, { team: "a b" })));
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ reason: "invalid", message: expect.stringMatching(/metadata.labels.*"a b"/) });
    });

    it("is not in the way of others who apply no labels either", async () => {
      await subject().applyAs("gitops", configMap("bare", { a: "1" }));
      await kube().apply(configMap("bare", { b: "2" }));
      expect((await kube().get(ref("bare")))?.data).toEqual({ a: "1", b: "2" });
    });

    it("says that a namespace is missing", async () => {
      const error = await failureOf(
        kube().apply({ ...configMap("lost", {}), metadata: { name: "lost", namespace: "nowhere" } }),
      );
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ reason: "not-found" });
    });
  });
}

function describeReads({ kube, namespace, configMap }: Scene): void {
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

function describePages({ kube, subject, namespace, configMap }: Scene): void {
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

function describeDelete({ kube, namespace, configMap }: Scene): void {
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

function describeDefinitions({ kube, namespace }: Scene): void {
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

function describeProxy({ kube, subject, namespace }: Scene): void {
  describe("proxyGet", () => {
    it("tells that there is no such Service", async () => {
      expect(await kube().proxyGet({ namespace, service: "absent", port: 80, path: "/" })).toMatchObject({
        status: 404,
      });
    });

    it("tells that nothing stands behind a Service", async () => {
      const spec = { ports: [{ port: 80 }], selector: { app: "nothing" } };
      await kube().apply({ apiVersion: "v1", kind: "Service", metadata: { name: "empty", namespace }, spec });
      const ask = () => kube().proxyGet({ namespace, service: "empty", port: 80, path: "/" });
      // Until the controller of endpoints has seen the Service, there is nothing that could be empty.
      await expect
        .poll(ask, { timeout: 10_000 })
        .toEqual({ status: 503, body: expect.stringContaining("no endpoints available") });
    });

    it("hands on path, query, status and body", async () => {
      const { serve } = subject();
      await serve({ namespace, service: "query", port: 10902 }, (path) => ({ status: 418, body: `asked ${path}` }));
      const path = "/api/v1/query?query=up%7Bcluster%3D%22a%22%7D&dedup=true";
      expect(await kube().proxyGet({ namespace, service: "query", port: 10902, path })).toEqual({
        status: 418,
        body: `asked ${path}`,
      });
    });
  });
}

function describeRefusals({ kube, subject, configMap, namespace }: Scene): void {
  describe("a server that refuses", () => {
    it.each([
      { how: "unauthorized", type: TerminalError, reason: "unauthorized" },
      { how: "forbidden", type: TerminalError, reason: "forbidden" },
      { how: "throttled", type: RetryableError, reason: "throttled" },
      { how: "unavailable", type: RetryableError, reason: "server-error" },
      { how: "unreachable", type: RetryableError, reason: "unreachable" },
    ] as const)("is $how", async ({ how, type, reason }) => {
      const { refuse } = subject();
      refuse(how);
      const errors = await Promise.all([
        failureOf(kube().apply(configMap("refused", {}))),
        failureOf(kube().get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })),
        failureOf(kube().list({ apiVersion: "v1", kind: "ConfigMap" })),
        failureOf(kube().delete({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })),
      ]);
      const version = await failureOf(kube().version());
      const proxied = await failureOf(kube().proxyGet({ namespace, service: "refused", port: 80, path: "/" }));
      refuse(null);
      // Whoever is authenticated may read the version (ClusterRole system:public-info-viewer).
      if (how === "forbidden") expect(version).toBe("nothing was thrown");
      else errors.push(version);
      // Nobody can tell the API server's 503 from that of the Service.
      if (how === "unavailable") expect(proxied).toBe("nothing was thrown");
      else errors.push(proxied);
      for (const error of errors) {
        expect(error).toBeInstanceOf(type);
        expect(error).toMatchObject({ reason, remedy: expect.stringMatching(/\S/), cause: expect.anything() });
      }
      expect(await kube().get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "refused" })).toBeUndefined();
    });
  });
}
