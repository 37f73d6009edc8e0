import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
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

/** What the embedded cluster does otherwise than a real one; all else is in `kube-server.test.ts`. */
describe("an embedded cluster alone", () => {
  it("empties a namespace as it deletes it", async () => {
    await call("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
    await call("POST", "/api/v1/namespaces/shop/configmaps", configMap("a"));
    await call("DELETE", "/api/v1/namespaces/shop");
    expect((await call("GET", "/api/v1/configmaps")).body.items).toEqual([]);
    expect(await call("POST", "/api/v1/namespaces/shop/configmaps", configMap("a"))).toMatchObject({
      code: 404,
      body: { message: 'namespaces "shop" not found' },
    });
  });

  it("knows no other methods", async () => {
    expect((await call("OPTIONS", CONFIG_MAPS)).code).toBe(405);
  });

  it("reads protobuf of few kinds", async () => {
    const type = new BinaryWriter().uint32(10).string("v1").uint32(18).string("Pod").finish();
    const unknown = new BinaryWriter().uint32(10).bytes(type).uint32(18).bytes(new Uint8Array()).finish();
    const body = Buffer.concat([Buffer.from("k8s\0"), unknown]);
    const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
    expect((await call("POST", CONFIG_MAPS, body, headers)).code).toBe(415);
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
