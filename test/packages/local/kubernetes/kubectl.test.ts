import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedCluster, servedCluster } from "#test/packages/local/kubernetes/real-clients";

describe("the real kubectl on an embedded cluster", () => {
  let served: ServedCluster;
  beforeAll(async () => {
    served = await servedCluster();
    await kubectl("create", "namespace", "shop");
  });
  afterAll(() => served.close());

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await served.kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  async function manifest(name: string, ...objects: readonly object[]): Promise<string> {
    const file = join(served.folder, `${name}.json`);
    await writeFile(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    return file;
  }

  function deployment(replicas: number): object {
    const labels = { app: "web" };
    const containers = [{ name: "web", image: "web:1", ports: [{ containerPort: 80 }] }];
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop" },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    };
  }

  it("finds the server's version and its kinds", async () => {
    expect(JSON.parse(await kubectl("version", "-o", "json"))).toMatchObject({
      serverVersion: { gitVersion: "v1.36.3" },
    });
    expect(await kubectl("api-resources", "-o", "name")).toMatch(/^deployments\.apps$/m);
  });

  it("applies server-side and sees the Deployment become ready", async () => {
    const file = await manifest("web", deployment(2));
    expect(await kubectl("apply", "--server-side", "-f", file)).toContain("serverside-applied");
    expect(await kubectl("rollout", "status", "deployment/web", "-n", "shop", "--timeout", "5s")).toContain(
      "successfully",
    );
    expect(await kubectl("get", "deploy", "web", "-n", "shop", "-o", "jsonpath={.status.readyReplicas}")).toBe("2");
  });

  it("is told of a conflict, and overcomes it by force alone", async () => {
    const file = await manifest("conflict", deployment(5));
    const lost = await served.kubectl("apply", "--server-side", "--field-manager", "rival", "-f", file);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/conflict with "kubectl".*\.spec\.replicas/s);
    await kubectl("apply", "--server-side", "--field-manager", "rival", "--force-conflicts", "-f", file);
    expect(await kubectl("get", "deploy", "web", "-n", "shop", "-o", "jsonpath={.spec.replicas}")).toBe("5");
  });

  it("patches, labels and replaces", async () => {
    await kubectl("create", "configmap", "settings", "-n", "shop", "--from-literal=a=1");
    await kubectl("label", "configmap", "settings", "-n", "shop", "tier=gold");
    await kubectl(
      "patch",
      "configmap",
      "settings",
      "-n",
      "shop",
      "--type",
      "json",
      "-p",
      '[{"op":"add","path":"/data/b","value":"2"}]',
    );
    const found = JSON.parse(await kubectl("get", "cm", "-n", "shop", "-l", "tier in (gold)", "-o", "json"));
    expect(found.items).toMatchObject([{ metadata: { name: "settings" }, data: { a: "1", b: "2" } }]);
  });

  it("sends Secrets in protobuf", async () => {
    await kubectl("create", "secret", "generic", "key", "-n", "shop", "--from-literal=password=ä1");
    const found = JSON.parse(await kubectl("get", "secret", "key", "-n", "shop", "-o", "json"));
    expect(found).toMatchObject({ type: "Opaque", data: { password: Buffer.from("ä1").toString("base64") } });
  });

  it("uses a kind as soon as its definition is there", async () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "berths.example.org" },
      spec: {
        group: "example.org",
        scope: "Namespaced",
        names: { plural: "berths", singular: "berth", kind: "Berth" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    };
    await kubectl("apply", "--server-side", "-f", await manifest("crd", crd));
    await kubectl("wait", "--for", "condition=established", "crd/berths.example.org", "--timeout", "5s");
    const berth = { apiVersion: "example.org/v1", kind: "Berth", metadata: { name: "one", namespace: "shop" } };
    await kubectl("apply", "--server-side", "-f", await manifest("berth", berth));
    expect(await kubectl("get", "berths", "-A", "-o", "name")).toBe("berth.example.org/one\n");
  });

  it("waits until a change shows in a watch", async () => {
    served.cluster.behave({ workloads: "never" });
    await kubectl("wait", "--for", "condition=Available=false", "deploy/web", "-n", "shop", "--timeout", "5s");
    const waiting = kubectl("wait", "--for", "condition=Available", "deploy/web", "-n", "shop", "--timeout", "5s");
    setTimeout(() => served.cluster.behave({ workloads: "ready" }), 200);
    expect(await waiting).toContain("condition met");
  });

  it("deletes and waits for the end", async () => {
    expect(await kubectl("delete", "deploy", "web", "-n", "shop")).toContain("deleted");
    expect(await kubectl("delete", "namespace", "shop", "--timeout", "5s")).toContain("deleted");
    expect(await kubectl("get", "configmaps,secrets", "-A", "-o", "name")).toBe("");
  });
});
