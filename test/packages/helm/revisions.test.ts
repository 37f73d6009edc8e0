import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { readRevisions } from "#helm/revisions";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";

function cluster() {
  return directKube(createEmbeddedCluster({ name: "c1", clock: fixedClock("2026-11-21T12:00:00Z") }));
}

function secret(name: string, labels: Readonly<Record<string, string>>) {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "default", labels } };
}

const OURS = { owner: "helm", name: "muster" };

describe("readRevisions", () => {
  it("sorts by number, newest first, and takes the time of the last write", async () => {
    const kube = cluster();
    await kube.apply(
      secret("a", { ...OURS, status: "superseded", version: "9", createdAt: "1", modifiedAt: "1763700000" }),
    );
    await kube.apply(secret("b", { ...OURS, status: "pending-upgrade", version: "10", createdAt: "1763700060" }));
    expect(await readRevisions(kube, "muster", "default")).toMatchObject([
      { revision: 10, status: "pending-upgrade", modifiedAt: "2025-11-21T04:41:00.000Z" },
      { revision: 9, status: "superseded", modifiedAt: "2025-11-21T04:40:00.000Z" },
    ]);
  });

  it("takes a status that it does not know as unknown, and the Secret's time where labels tell none", async () => {
    const kube = cluster();
    await kube.apply(secret("a", { ...OURS, status: "hibernating", version: "1" }));
    expect(await readRevisions(kube, "muster", "default")).toMatchObject([
      { status: "unknown", modifiedAt: "2026-11-21T12:00:00.000Z" },
    ]);
  });

  it("takes a time that is none for long ago", async () => {
    const kube = cluster();
    const modifiedAt = "9".repeat(20);
    await kube.apply(secret("a", { ...OURS, status: "pending-install", version: "1", modifiedAt }));
    expect(await readRevisions(kube, "muster", "default")).toMatchObject([
      { status: "pending-install", modifiedAt: "1970-01-01T00:00:00.000Z" },
    ]);
  });

  it("believes the body where it contradicts the label failed, as helm does", async () => {
    const kube = cluster();
    const body = (status: string) => {
      const packed = gzipSync(JSON.stringify({ name: "muster", info: { status } })).toString("base64");
      return { data: { release: Buffer.from(packed).toString("base64") } };
    };
    await kube.apply({ ...secret("a", { ...OURS, status: "failed", version: "1" }), ...body("pending-install") });
    await kube.apply({ ...secret("b", { ...OURS, status: "failed", version: "2" }), ...body("failed") });
    await kube.apply({ ...secret("c", { ...OURS, status: "failed", version: "3" }), data: { release: "aGFsbG8=" } });

    const revisions = await readRevisions(kube, "muster", "default");

    expect(revisions.map(({ status }) => status)).toEqual(["failed", "failed", "pending-install"]);
  });

  it("passes over what is no release record of that name", async () => {
    const kube = cluster();
    await kube.apply(secret("a", { ...OURS, status: "deployed", version: "one" }));
    await kube.apply(secret("b", { ...OURS, name: "other", status: "deployed", version: "1" }));
    await kube.apply(secret("c", { name: "muster", status: "deployed", version: "1" }));
    expect(await readRevisions(kube, "muster", "default")).toEqual([]);
  });
});
