import { createInterface } from "node:readline/promises";
import { Readable } from "node:stream";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmbeddedCluster, type EmbeddedCluster } from "#local/kubernetes/cluster";
import { type KubernetesServer, serveKubernetes } from "#local/kubernetes/server";
import type { KubeObject } from "#onboard/ports";

/** An object, a list or a Status, as far as a test looks at it. */
interface Body {
  readonly metadata: KubeObject["metadata"] & { readonly continue?: string };
  readonly items: readonly KubeObject[];
  readonly [key: string]: unknown;
}

interface Named {
  readonly name: string;
}

interface Reply<T> {
  readonly code: number;
  readonly body: T;
}

let cluster: EmbeddedCluster;
let server: KubernetesServer;

beforeEach(async () => {
  cluster = createEmbeddedCluster({ name: "served" });
  server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

async function call<T = Body>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply<T>> {
  const sent = body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) };
  const reply = await fetch(`${server.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...sent,
  });
  const text = await reply.text();
  return { code: reply.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

function patch(path: string, type: string, body: unknown): Promise<Reply<Body>> {
  return call("PATCH", path, body, { "content-type": `application/${type}` });
}

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

function configMap(name: string, data: object = {}, metadata: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

describe("discovery", () => {
  it.each(["/readyz", "/livez", "/healthz"])("is well at %s", async (path) => {
    expect(await call("GET", path)).toEqual({ code: 200, body: "ok" });
  });

  it("names groups, versions, kinds and verbs", async () => {
    expect((await call("GET", "/version")).body).toMatchObject({ major: "1", minor: "36", gitVersion: "v1.36.3" });
    expect((await call("GET", "/api")).body).toMatchObject({ versions: ["v1"] });
    const { groups } = (await call<{ groups: readonly Named[] }>("GET", "/apis")).body;
    expect(groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["apps", "batch", "policy", "autoscaling", "storage.k8s.io", "coordination.k8s.io"]),
    );
    expect((await call("GET", "/apis/apps")).body).toMatchObject({ preferredVersion: { groupVersion: "apps/v1" } });
    const { resources } = (await call<{ resources: readonly Named[] }>("GET", "/apis/apps/v1")).body;
    expect(resources).toContainEqual(
      expect.objectContaining({ name: "deployments", kind: "Deployment", namespaced: true }),
    );
    expect(resources).toContainEqual(expect.objectContaining({ name: "deployments/status" }));
  });

  it("describes field validation and dry runs in OpenAPI v3, and has no v2", async () => {
    const index = await call("GET", "/openapi/v3");
    expect(index.body).toMatchObject({ paths: { "apis/apps/v1": { serverRelativeURL: "/openapi/v3/apis/apps/v1" } } });
    expect((await call("GET", "/openapi/v3/apis/apps/v1")).body).toMatchObject({
      paths: {
        "/apis/apps/v1/namespaces/{namespace}/deployments/{name}": {
          patch: {
            parameters: expect.arrayContaining([expect.objectContaining({ name: "fieldValidation", in: "query" })]),
            "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" },
          },
        },
      },
    });
    expect((await call("GET", "/openapi/v2")).code).toBe(404);
  });

  it.each(["/nothing", "/apis/absent.example.org", "/apis/apps/v9", "/api/v1/nothings", "/openapi/v3/apis/absent/v1"])(
    "does not know %s",
    async (path) => {
      expect(await call("GET", path)).toMatchObject({ code: 404, body: { kind: "Status", reason: "NotFound" } });
    },
  );
});

describe("objects over HTTP", () => {
  it("are made by POST once", async () => {
    const first = await call("POST", CONFIG_MAPS, configMap("a"));
    expect(first).toMatchObject({ code: 201, body: { metadata: { namespace: "default", uid: expect.any(String) } } });
    const second = await call("POST", CONFIG_MAPS, configMap("a"));
    expect(second).toMatchObject({
      code: 409,
      body: { reason: "AlreadyExists", details: { name: "a", kind: "configmaps" } },
    });
  });

  it("get a name from generateName", async () => {
    const { body } = await call("POST", CONFIG_MAPS, { metadata: { generateName: "some-" } });
    expect(body.metadata.name).toMatch(/^some-.{5}$/);
  });

  it("are replaced by PUT at the revision that was read, and no other", async () => {
    const { body: made } = await call("POST", CONFIG_MAPS, configMap("a", { x: "1" }));
    const changed = { ...made, data: { x: "2" } };
    expect(await call("PUT", `${CONFIG_MAPS}/a`, changed)).toMatchObject({ code: 200, body: { data: { x: "2" } } });
    expect(await call("PUT", `${CONFIG_MAPS}/a`, changed)).toMatchObject({ code: 409, body: { reason: "Conflict" } });
    expect((await call("PUT", `${CONFIG_MAPS}/absent`, configMap("absent"))).code).toBe(404);
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
    await call("POST", CONFIG_MAPS, configMap("a", { x: "1" }));
    expect(await patch(`${CONFIG_MAPS}/a`, type, body)).toMatchObject({ code: 200, body: { data: { y: "2" } } });
    expect(await patch(`${CONFIG_MAPS}/absent`, type, body)).toMatchObject({ code: 404 });
  });

  it("are applied from YAML: 201 for a new one, 200 for the next", async () => {
    const send = (text: string) =>
      call("PATCH", `${CONFIG_MAPS}/a?fieldManager=me`, Buffer.from(text), {
        "content-type": "application/apply-patch+yaml",
      });
    expect(await send("apiVersion: v1\nkind: ConfigMap\ndata: {x: '1'}")).toMatchObject({ code: 201 });
    expect(await send("apiVersion: v1\nkind: ConfigMap\ndata: {x: '2'}")).toMatchObject({
      code: 200,
      body: { data: { x: "2" } },
    });
  });

  it("conflict with the managers named, unless forced", async () => {
    const path = (manager: string, more = "") => `${CONFIG_MAPS}/a?fieldManager=${manager}${more}`;
    await patch(path("one"), "apply-patch+yaml", configMap("a", { x: "1" }));
    const lost = await patch(path("two"), "apply-patch+yaml", configMap("a", { x: "2" }));
    expect(lost.code).toBe(409);
    expect(lost.body).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.x" }],
      },
    });
    expect((await patch(path("two", "&force=true"), "apply-patch+yaml", configMap("a", { x: "2" }))).code).toBe(200);
  });

  it("are not written by a dry run", async () => {
    const revision = cluster.store.revision();
    expect((await call("POST", `${CONFIG_MAPS}?dryRun=All&fieldValidation=Strict`, configMap("a"))).code).toBe(201);
    expect((await patch(`${CONFIG_MAPS}/a?dryRun=All&fieldManager=m`, "apply-patch+yaml", configMap("a"))).code).toBe(
      201,
    );
    expect(cluster.store.revision()).toBe(revision);
  });

  it("keep status and spec apart where status is a subresource", async () => {
    const nodes = "/api/v1/nodes";
    await call("POST", nodes, { metadata: { name: "n" }, spec: { providerID: "a" }, status: { phase: "lost" } });
    expect((await call("GET", `${nodes}/n`)).body.status).toBeUndefined();
    await patch(`${nodes}/n/status`, "merge-patch+json", { status: { phase: "up" }, spec: { providerID: "b" } });
    expect((await call("GET", `${nodes}/n`)).body).toMatchObject({
      spec: { providerID: "a" },
      status: { phase: "up" },
    });
    await patch(`${nodes}/n`, "merge-patch+json", { status: { phase: "down" } });
    expect((await call("GET", `${nodes}/n/status`)).body.status).toEqual({ phase: "up" });
    expect((await call("GET", `${CONFIG_MAPS}/a/status`)).code).toBe(404);
  });

  it("are deleted under preconditions, from body and query", async () => {
    const { body: made } = await call("POST", CONFIG_MAPS, configMap("a"));
    const other = { preconditions: { uid: "other" } };
    expect(await call("DELETE", `${CONFIG_MAPS}/a`, other)).toMatchObject({ code: 409, body: { reason: "Conflict" } });
    await call("DELETE", `${CONFIG_MAPS}/a`, { dryRun: ["All"] });
    const own = { propagationPolicy: "Background", preconditions: { uid: made.metadata.uid } };
    expect(await call("DELETE", `${CONFIG_MAPS}/a`, own)).toMatchObject({ code: 200, body: { status: "Success" } });
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(404);
  });

  it("stay until their finalizers are gone", async () => {
    await call("POST", CONFIG_MAPS, configMap("a", {}, { finalizers: ["example.org/hold"] }));
    expect((await call("DELETE", `${CONFIG_MAPS}/a`)).body.metadata.deletionTimestamp).toBeDefined();
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(200);
    await patch(`${CONFIG_MAPS}/a`, "merge-patch+json", { metadata: { finalizers: null } });
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(404);
  });

  it("go with their namespace", async () => {
    await call("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
    await call("POST", "/api/v1/namespaces/shop/configmaps", configMap("a"));
    await call("DELETE", "/api/v1/namespaces/shop");
    expect((await call("GET", "/api/v1/configmaps")).body.items).toEqual([]);
    expect(await call("POST", "/api/v1/namespaces/shop/configmaps", configMap("a"))).toMatchObject({
      code: 404,
      body: { message: 'namespaces "shop" not found' },
    });
  });

  it.each([
    ["another kind", { ...configMap("a"), kind: "Secret" }, 400],
    ["another namespace", configMap("a", {}, { namespace: "kube-system" }), 400],
    ["no name", { metadata: {} }, 422],
    ["a name that is none", configMap("No Name"), 422],
    ["too much data", configMap("a", { x: "x".repeat(1_048_577) }), 422],
  ])("are refused with %s", async (_, body, code) => {
    expect((await call("POST", CONFIG_MAPS, body)).code).toBe(code);
  });

  it("are refused in words that are no JSON, and in a type that is no patch", async () => {
    expect((await call("POST", CONFIG_MAPS, Buffer.from("{"))).code).toBe(400);
    expect((await patch(`${CONFIG_MAPS}/a`, "json", {})).code).toBe(415);
    expect((await call("OPTIONS", CONFIG_MAPS)).code).toBe(405);
  });
});

describe("lists over HTTP", () => {
  beforeEach(async () => {
    for (const name of ["a", "b", "c", "d", "e"]) {
      await call("POST", CONFIG_MAPS, configMap(name, {}, { labels: { side: name < "c" ? "left" : "right" } }));
    }
  });

  it("come in pages", async () => {
    const first = (await call("GET", `${CONFIG_MAPS}?limit=2`)).body;
    expect(first).toMatchObject({ kind: "ConfigMapList", metadata: { remainingItemCount: 3 }, items: [{}, {}] });
    const rest = (await call("GET", `${CONFIG_MAPS}?limit=9&continue=${first.metadata.continue}`)).body;
    expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(["c", "d", "e"]);
    expect(rest.metadata.continue).toBeUndefined();
    expect((await call("GET", `${CONFIG_MAPS}?limit=2&continue=nonsense`)).code).toBe(400);
  });

  it("select by field and by label, and refuse other fields", async () => {
    expect((await call("GET", `${CONFIG_MAPS}?fieldSelector=metadata.name%3Db`)).body.items).toHaveLength(1);
    expect((await call("GET", `${CONFIG_MAPS}?labelSelector=side+in+(right)`)).body.items).toHaveLength(3);
    expect((await call("GET", `${CONFIG_MAPS}?fieldSelector=spec.x%3Db`)).code).toBe(400);
  });

  it("come as metadata alone", async () => {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    const { body } = await call("GET", CONFIG_MAPS, undefined, { accept });
    expect(body.kind).toBe("PartialObjectMetadataList");
    expect(body.items[0]).toEqual({
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: expect.any(Object),
    });
    const one = await call("GET", `${CONFIG_MAPS}/a`, undefined, { accept: accept.replace("List", "") });
    expect(one.body.kind).toBe("PartialObjectMetadata");
  });

  it("are deleted whole", async () => {
    await call("DELETE", `${CONFIG_MAPS}?labelSelector=side%3Dleft`);
    expect((await call("GET", CONFIG_MAPS)).body.items).toHaveLength(3);
  });
});

describe("watches", () => {
  async function* watch(query: string): AsyncGenerator<string> {
    const reply = await fetch(`${server.url}${CONFIG_MAPS}?watch=true&allowWatchBookmarks=true&${query}`);
    if (reply.body === null) throw new Error("a watch has a body");
    for await (const line of createInterface({ input: Readable.fromWeb(reply.body) })) {
      const { type, object } = JSON.parse(line);
      yield `${type} ${object.metadata?.name ?? object.reason}`;
    }
  }

  async function take(events: AsyncGenerator<string>, count: number): Promise<readonly string[]> {
    const taken: string[] = [];
    while (taken.length < count) taken.push((await events.next()).value);
    return taken;
  }

  it("tell what happened since a revision, and what happens", async () => {
    const from = cluster.store.revision();
    await call("POST", CONFIG_MAPS, configMap("a"));
    const events = watch(`resourceVersion=${from}`);
    expect(await take(events, 1)).toEqual(["ADDED a"]);
    await patch(`${CONFIG_MAPS}/a`, "merge-patch+json", { data: { x: "1" } });
    await call("DELETE", `${CONFIG_MAPS}/a`);
    expect(await take(events, 2)).toEqual(["MODIFIED a", "DELETED a"]);
  });

  it("begin with what is there when no revision is named", async () => {
    await call("POST", CONFIG_MAPS, configMap("a"));
    expect(await take(watch(""), 1)).toEqual(["ADDED a"]);
  });

  it("add and delete what begins and ceases to match the selector", async () => {
    await call("POST", CONFIG_MAPS, configMap("a"));
    const events = watch(`resourceVersion=${cluster.store.revision()}&labelSelector=on%3Dyes`);
    const labels = (on: string) => patch(`${CONFIG_MAPS}/a`, "merge-patch+json", { metadata: { labels: { on } } });
    const seen = take(events, 2);
    await labels("yes");
    await labels("no");
    expect(await seen).toEqual(["ADDED a", "DELETED a"]);
  });

  it("end after their time", async () => {
    const events = watch(`resourceVersion=${cluster.store.revision()}&timeoutSeconds=1`);
    expect(await events.next()).toMatchObject({ done: true });
  });

  it("are told when the revision is forgotten", async () => {
    for (let count = 0; count < 2100; count += 1) cluster.put(configMap("a", { count: String(count) }));
    expect(await take(watch("resourceVersion=1"), 1)).toEqual(["ERROR Expired"]);
  });

  it("refuse initial events, so that clients list first", async () => {
    const reply = await call("GET", `${CONFIG_MAPS}?watch=true&sendInitialEvents=true`);
    expect(reply).toMatchObject({ code: 422, body: { reason: "Invalid" } });
  });
});

describe("protobuf bodies", () => {
  function envelope(kind: string, raw: Uint8Array): Uint8Array {
    const type = new BinaryWriter().uint32(10).string("v1").uint32(18).string(kind).finish();
    const unknown = new BinaryWriter().uint32(10).bytes(type).uint32(18).bytes(raw).finish();
    return Buffer.concat([Buffer.from("k8s\0"), unknown]);
  }
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };

  it("become the objects they stand for", async () => {
    const label = new BinaryWriter().uint32(10).string("owner").uint32(18).string("helm").finish();
    const metadata = new BinaryWriter().uint32(10).string("s").uint32(42).string("").uint32(90).bytes(label).finish();
    const datum = new BinaryWriter().uint32(10).string("release").uint32(18).bytes(Buffer.from("ä")).finish();
    const secret = new BinaryWriter()
      .uint32(10)
      .bytes(metadata)
      .uint32(18)
      .bytes(datum)
      .uint32(26)
      .string("helm.sh/release.v1");
    const reply = await call(
      "POST",
      "/api/v1/namespaces/default/secrets",
      envelope("Secret", secret.finish()),
      headers,
    );
    expect(reply).toMatchObject({
      code: 201,
      body: {
        type: "helm.sh/release.v1",
        metadata: { name: "s", labels: { owner: "helm" } },
        data: { release: Buffer.from("ä").toString("base64") },
      },
    });
  });

  it("are refused when nobody reads their kind, or when they are broken", async () => {
    expect((await call("POST", CONFIG_MAPS, envelope("Pod", new Uint8Array()), headers)).code).toBe(415);
    expect((await call("POST", CONFIG_MAPS, Buffer.from("k8s\0\x0a\xff"), headers)).code).toBe(400);
  });
});

describe("refusals over HTTP", () => {
  it("ask for one of the tokens", async () => {
    cluster.tokens = new Set(["good"]);
    expect((await call("GET", CONFIG_MAPS)).code).toBe(401);
    expect((await call("GET", CONFIG_MAPS, undefined, { authorization: "Bearer bad" })).code).toBe(401);
    expect((await call("GET", CONFIG_MAPS, undefined, { authorization: "Bearer good" })).code).toBe(200);
  });

  it("take the time that they are told to", async () => {
    cluster.behave({ latencyMs: 60 });
    const before = performance.now();
    await call("GET", CONFIG_MAPS);
    expect(performance.now() - before).toBeGreaterThan(50);
  });

  it("hand a Service's own answer on", async () => {
    cluster.serve({ namespace: "monitoring", service: "thanos" }, (path) => ({ status: 203, body: path }));
    const path = "/api/v1/namespaces/monitoring/services/http:thanos:10902/proxy/api/v1/query?query=up%2B1";
    expect(await call("GET", path)).toEqual({ code: 203, body: "/api/v1/query?query=up%2B1" });
  });
});
