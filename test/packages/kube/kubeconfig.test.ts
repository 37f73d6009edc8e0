import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { kubeApi } from "#kube/kube-api";
import { fromDescription, fromKubeconfig } from "#kube/kubeconfig";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { serveKubernetes } from "#local/kubernetes/server";
import type { ClusterDescription } from "#onboard/ports";

const DESCRIPTION: ClusterDescription = {
  ref: clusterRef({ account: "111122223333", region: "eu-central-1", name: "shop" }),
  status: "ACTIVE",
  createdAt: "2026-11-21T10:00:00Z",
  version: "1.36",
  endpoint: "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
  certificateAuthority: Buffer.from("PEM").toString("base64"),
  authenticationMode: "API",
  endpointPublicAccess: true,
  endpointPrivateAccess: true,
  publicAccessCidrs: ["0.0.0.0/0"],
  vpcId: null,
  autoMode: false,
  tags: {},
};

describe("fromDescription", () => {
  it("points to the endpoint, trusts the description's authority and sends the token", () => {
    const config = fromDescription(DESCRIPTION, "k8s-aws-v1.abc");
    const { certificateAuthority: caData } = DESCRIPTION;
    expect(config.getCurrentCluster()).toMatchObject({ server: DESCRIPTION.endpoint, caData, skipTLSVerify: false });
    expect(config.getCurrentUser()).toMatchObject({ token: "k8s-aws-v1.abc" });
  });

  it("refuses a cluster that has no endpoint yet", () => {
    const creating: ClusterDescription = { ...DESCRIPTION, status: "CREATING", endpoint: null };
    expect(() => fromDescription(creating, "t")).toThrow(expect.objectContaining({ reason: "no-endpoint" }));
  });
});

describe("a connection to what EKS describes", () => {
  async function served() {
    const cluster = createEmbeddedCluster({ name: "tls" });
    cluster.tokens = new Set(["good"]);
    const server = await serveKubernetes(cluster, { host: "127.0.0.1", port: 0, tls: true });
    const { url: endpoint, certificateAuthority } = server;
    return { server, description: { ...DESCRIPTION, endpoint, certificateAuthority } };
  }

  it("trusts its authority and is let in by the token", async () => {
    const { server, description } = await served();
    await expect(kubeApi(fromDescription(description, "good")).version()).resolves.toEqual({ gitVersion: "v1.36.3" });
    await expect(kubeApi(fromDescription(description, "bad")).version()).rejects.toMatchObject({
      reason: "unauthorized",
    });
    await server.close();
  });

  it("is refused to whoever shows another certificate", async () => {
    const { server, description } = await served();
    const rotated = await served();
    const stale = { ...description, certificateAuthority: rotated.description.certificateAuthority };
    for (const certificateAuthority of [null, stale.certificateAuthority]) {
      const kube = kubeApi(fromDescription({ ...description, certificateAuthority }, "good"));
      await expect(kube.version()).rejects.toMatchObject({
        reason: "unreachable",
        message: expect.stringContaining("certificate"),
      });
    }
    await Promise.all([server.close(), rotated.server.close()]);
  });
});

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
    expect(fromKubeconfig({ file }).getCurrentCluster()?.server).toBe("https://here.example.org");
    expect(fromKubeconfig({ file, context: "there" }).getCurrentCluster()?.server).toBe("https://there.example.org");
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
