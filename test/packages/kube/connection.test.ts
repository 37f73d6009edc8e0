import { describe, expect, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { fromDescription } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
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
  it("points to the endpoint, trusts the description's authority and sends the token", async () => {
    const { server, options } = fromDescription(DESCRIPTION, "k8s-aws-v1.abc");
    expect(server).toBe(DESCRIPTION.endpoint);
    await expect(options()).resolves.toEqual({
      ca: Buffer.from("PEM"),
      headers: { authorization: "Bearer k8s-aws-v1.abc" },
    });
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
