import { writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "#cli/program";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { serveKubernetes } from "#local/kubernetes/server";
import type { KubeObject } from "#onboard/ports";
import type { ClusterLook, LookRow } from "#report/cluster-look";
import { fakeCli } from "#test/fakes/cli";
import { scratchFolder } from "#test/fakes/local-stage";

interface Served {
  readonly cluster: EmbeddedCluster;
  readonly kubeconfig: string;
  /** Methods of the requests that came in. */
  readonly methods: Set<string>;
}

/** A cluster behind HTTP, and a kubeconfig that leads to it; the API server refuses what `forbidden` matches. */
async function served(forbidden: (path: string) => boolean = () => false): Promise<Served> {
  const cluster = createEmbeddedCluster({ name: "prod-a" });
  const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
  const methods = new Set<string>();
  const front = createServer((incoming, answer) => {
    const { method = "", url = "", headers } = incoming;
    methods.add(method);
    const resource = url.split("?")[0]?.split("/").at(-1) ?? "";
    if (forbidden(url)) {
      const message = `${resource} is forbidden: User "viewer" cannot list resource "${resource}" in API group "" at the cluster scope`;
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", message, reason: "Forbidden", code: 403 };
      answer.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(status));
      return;
    }
    incoming.pipe(
      request(`${server.url}${url}`, { method, headers }, (reply) => {
        reply.pipe(answer.writeHead(reply.statusCode ?? 0, reply.headers));
      }).on("error", () => incoming.socket.destroy()),
    );
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await server.close();
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });
  const address = front.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const kubeconfig = join(await scratchFolder(), "kubeconfig");
  const named = (name: string) => ({ name, context: { cluster: "c", user: "u" } });
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: { token: "secret-token" } }],
    contexts: [named("prod-a"), named("prod-b")],
    "current-context": "prod-a",
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  return { cluster, kubeconfig, methods };
}

async function observe(env: Readonly<Record<string, string>>, ...args: string[]) {
  const cli = fakeCli({ env });
  const exitCode = await run(["observe", ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

/** Looks at a cluster of the user's, and proves that nothing was written. */
async function looked({ cluster, kubeconfig, methods }: Served, ...args: string[]) {
  const writes: unknown[] = [];
  onTestFinished(cluster.onWrite((event) => writes.push(event)));
  const seen = await observe({ KUBECONFIG: kubeconfig }, ...args);
  expect([writes, [...methods]]).toEqual([[], ["GET"]]);
  return seen;
}

async function rowsOf(given: Served): Promise<Readonly<Record<string, Pick<LookRow, "state" | "detail">>>> {
  const { out } = await looked(given, "--output", "json");
  const look: ClusterLook = JSON.parse(out);
  return Object.fromEntries(look.rows.map(({ what, state, detail }) => [what, { state, detail }]));
}

function node(name: string, ready: "True" | "False"): KubeObject {
  const status = { conditions: [{ type: "Ready", status: ready }] };
  return { apiVersion: "v1", kind: "Node", metadata: { name }, status };
}

function storageClass(name: string, annotations: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name, annotations }, provisioner: "x" };
}

const DEFAULT = { "storageclass.kubernetes.io/is-default-class": "true" };

function service(name: string, type: "ClusterIP" | "LoadBalancer"): KubeObject {
  const metadata = { namespace: "monitoring", name };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { type, ports: [{ port: 10901 }] } };
}

describe("musterbook observe", () => {
  it("says what an empty cluster lacks and what would be done first, and writes nothing", async () => {
    const { exitCode, out, err } = await looked(await served());
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toMatch(/^prod-a, http:\/\/127\.0\.0\.1:\d+; namespace monitoring; nothing was\n?\s?written\n\n/);
    expect(out).toMatch(/\nKubernetes API +ok +v\d/);
    expect(out).toMatch(/\nnodes +missing +no node/);
    expect(out).toMatch(/\nstorage classes +missing +none/);
    expect(out).toMatch(/\ndefinitions +missing +10 of prometheus-operator/);
    expect(out).toMatch(/\nrelease +free +no monitoring\/musterbook/);
    expect(out).toMatch(/\nendpoint +missing +Service monitoring\/musterbook-leaf-query does not\s+exist\n/);
    expect(out).toMatch(/\n\nMode manage would first do the step crds: /);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("counts nodes and names storage classes", async () => {
    const given = await served();
    for (const object of [node("a", "True"), node("b", "False"), storageClass("gp2")]) given.cluster.put(object);
    expect(await rowsOf(given)).toMatchObject({
      nodes: { state: "partly", detail: "1 of 2 ready; not ready: b" },
      "storage classes": { state: "partly", detail: "gp2; none is the default" },
    });
    for (const object of [node("b", "True"), storageClass("gp3", DEFAULT)]) given.cluster.put(object);
    expect(await rowsOf(given)).toMatchObject({
      nodes: { state: "ok", detail: "2 of 2 ready" },
      "storage classes": { state: "ok", detail: "gp2, gp3 (default)" },
    });
  });

  it("names who owns the operator that is there, and says that manage would stop", async () => {
    const given = await served();
    const labels = { "app.kubernetes.io/name": "prometheus-operator", "argocd.argoproj.io/instance": "mon" };
    const metadata = { namespace: "obs", name: "operator", labels };
    given.cluster.put({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: {} });
    expect(await rowsOf(given)).toMatchObject({
      release: {
        state: "theirs",
        detail: "Argo CD application mon: Deployment obs/operator runs a Prometheus operator",
      },
    });
    expect((await looked(given)).out.replaceAll("\n", " ")).toContain(
      "Mode manage would stop: monitoring is installed already: Argo CD application mon",
    );
  });

  it("finds the endpoint's load balancer, or another Service on Thanos's port", async () => {
    const given = await served();
    given.cluster.put(service("thanos", "ClusterIP"));
    expect(await rowsOf(given)).toMatchObject({
      endpoint: { state: "missing", detail: expect.stringMatching(/; port 10901 is on Service monitoring\/thanos$/) },
    });
    given.cluster.put(service("musterbook-leaf-query", "LoadBalancer"));
    expect(await rowsOf(given)).toMatchObject({
      endpoint: { state: "ok", detail: expect.stringMatching(/^Service monitoring\/.*, load balancer \S+$/) },
    });
  });

  it("names each right that is missing, and looks at the rest", async () => {
    const given = await served((path) => /\/(nodes|secrets)(\?|$)/.test(path));
    given.cluster.put(storageClass("gp3", DEFAULT));
    expect(await rowsOf(given)).toMatchObject({
      "Kubernetes API": { state: "ok" },
      nodes: { state: "forbidden", detail: "needs the right to list nodes at the cluster scope" },
      "storage classes": { state: "ok" },
      release: { state: "forbidden", detail: "needs the right to list secrets at the cluster scope" },
      operator: { state: "free" },
      endpoint: { state: "missing" },
    });
  });

  it("takes the context and the namespace that it is told", async () => {
    const { out } = await looked(await served(), "--context", "prod-b", "--namespace", "obs", "--output", "json");
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, context: "prod-b", namespace: "obs" });
    expect(out).toContain("Service obs/musterbook-leaf-query does not exist");
    expect(out).not.toContain("secret-token");
  });

  it("prefers the file that is named, then the first of KUBECONFIG that is there", async () => {
    const { kubeconfig } = await served();
    expect(await observe({ KUBECONFIG: "/nowhere" }, "--kubeconfig", kubeconfig)).toMatchObject({ exitCode: 0 });
    expect(await observe({ KUBECONFIG: `/nowhere:${kubeconfig}` })).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["unreachable", /the\s+Kubernetes\s+API\s+cannot\s+be\s+reached/],
    ["unauthorized", /Unauthorized/],
    ["unavailable", /shutting\s+down/],
  ] as const)("ends with 2 where the API server is %s", async (refuse, message) => {
    const { cluster, kubeconfig } = await served();
    cluster.behave({ refuse });
    const { exitCode, out, err } = await observe({}, "--kubeconfig", kubeconfig);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  it("ends with 2 where the kubeconfig, its context, or the namespace is wrong", async () => {
    const { kubeconfig } = await served();
    const wrong = async (...args: string[]) => {
      const { exitCode, err } = await observe({ HOME: "/nowhere" }, ...args);
      return [exitCode, err.replaceAll("\n", " ")];
    };
    expect(await wrong()).toEqual([2, expect.stringContaining("there is no kubeconfig at /nowhere/.kube/config")]);
    expect(await wrong("--kubeconfig", kubeconfig, "--context", "x")).toEqual([
      2,
      expect.stringContaining("Use one of its contexts: prod-a, prod-b."),
    ]);
    expect(await wrong("--kubeconfig", kubeconfig, "--namespace", "No!")).toEqual([
      2,
      expect.stringContaining('--namespace: "No!": write a Kubernetes name'),
    ]);
  });
});
