import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubeApi } from "#kube/kube-api";
import { fromKubeconfig } from "#kube/kubeconfig";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { serveKubernetes } from "#local/kubernetes/server";

describe("fromKubeconfig", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    file = join(folder, "config");
  });
  afterEach(() => rm(folder, { recursive: true }));

  function kubeconfig(server: string, user: object): string {
    const names = ["here", "there"];
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: names.map((name) => ({
        name,
        cluster: { server: name === "here" ? server : "https://there.example.org" },
      })),
      users: names.map((name) => ({ name, user })),
      contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
      "current-context": "here",
    });
  }

  it("takes the current context, or the one that is named", async () => {
    await writeFile(file, kubeconfig("https://here.example.org", {}));
    expect(fromKubeconfig({ file })).toMatchObject({ context: "here", server: "https://here.example.org" });
    const there = { context: "there", server: "https://there.example.org" };
    expect(fromKubeconfig({ file, context: "there" })).toMatchObject(there);
  });

  it("names the contexts that there are", async () => {
    await writeFile(file, kubeconfig("https://here.example.org", {}));
    expect(() => fromKubeconfig({ file, context: "nowhere" })).toThrow(
      expect.objectContaining({
        reason: "kubeconfig",
        field: "context",
        remedy: expect.stringContaining("here, there"),
      }),
    );
  });

  it.each([
    ["is absent", undefined],
    ["is no YAML", "a: [b"],
  ])("says that the file %s", async (_, text) => {
    if (text !== undefined) await writeFile(file, text);
    expect(() => fromKubeconfig({ file })).toThrow(expect.objectContaining({ reason: "kubeconfig" }));
  });

  it("lets an exec plugin give the token", async () => {
    const cluster = createEmbeddedCluster({ name: "exec" });
    cluster.tokens = new Set(["from-plugin"]);
    const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0 });
    const answer = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "from-plugin" },
    };
    const exec = {
      apiVersion: answer.apiVersion,
      command: process.execPath,
      args: ["-p", JSON.stringify(JSON.stringify(answer))],
      interactiveMode: "Never",
    };
    await writeFile(file, kubeconfig(server.url, { exec }));
    await expect(kubeApi(fromKubeconfig({ file })).list({ apiVersion: "v1", kind: "Namespace" })).resolves.toHaveLength(
      4,
    );
    cluster.tokens = new Set(["another"]);
    await expect(kubeApi(fromKubeconfig({ file })).version()).rejects.toMatchObject({ reason: "unauthorized" });
    await server.close();
  });

  it("tells when an exec plugin fails", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", "process.exit(1)"],
      interactiveMode: "Never",
    };
    await writeFile(file, kubeconfig("http://127.0.0.1:1", { exec }));
    await expect(kubeApi(fromKubeconfig({ file })).version()).rejects.toMatchObject({ reason: "unauthorized" });
  });
});
