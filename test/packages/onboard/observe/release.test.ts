import { describe, expect, it } from "vitest";
import { observeRelease } from "#onboard/observe/release";
import type { KubeObject, ReleaseRevision, ReleaseStatus } from "#onboard/ports";
import { createWorld, DEV } from "#test/packages/onboard/world";

const OURS = { "musterbook.dev/owner": "musterbook", "musterbook.dev/values": "v1" };
const SINCE = "2026-11-21T10:00:00Z";
const TARGET = { apiVersion: "v1", kind: "Service", namespace: "monitoring", name: "musterbook-leaf-query" };

function revision(
  number: number,
  status: ReleaseStatus,
  labels: Readonly<Record<string, string>> = OURS,
): ReleaseRevision {
  return { name: "musterbook", namespace: "monitoring", revision: number, status, labels, modifiedAt: SINCE };
}

/** The release as it is seen with these revisions and objects. */
async function seen(
  revisions: readonly ReleaseRevision[],
  objects: readonly KubeObject[] = [],
  wantedValues: string | null = "v1",
) {
  const world = createWorld();
  for (const object of objects) world.server(DEV).put(object);
  const helm = { ...world.helmOf(DEV), revisions: async () => revisions };
  const release = { name: "musterbook", namespace: "monitoring" };
  return await observeRelease({ kube: world.kubeOf(DEV), helm, release, targets: [TARGET], wantedValues });
}

function operator(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const name = { "app.kubernetes.io/name": "prometheus-operator" };
  const metadata = { namespace: "obs", name: "operator", labels: { ...name, ...labels }, annotations };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: {} };
}

describe("observeRelease", () => {
  it.each([
    ["no revision", [], { status: "absent" }],
    ["one that was uninstalled and kept", [revision(3, "uninstalled")], { status: "absent" }],
    ["somebody's that was uninstalled and kept", [revision(3, "uninstalled", {})], { status: "foreign" }],
    ["ours", [revision(2, "deployed"), revision(1, "superseded")], { status: "ours-current", revision: 2 }],
    [
      "ours without a hash",
      [revision(1, "deployed", { "musterbook.dev/owner": "musterbook" })],
      { status: "ours-outdated", found: "none" },
    ],
    ["a failed one", [revision(2, "failed"), revision(1, "deployed")], { status: "ours-failed", revision: 2 }],
    ["an unknown one", [revision(2, "unknown")], { status: "ours-failed", revision: 2 }],
    [
      "a first one under way",
      [revision(1, "pending-install")],
      { status: "pending", operation: "install", since: SINCE, lastDeployed: null },
    ],
    [
      "an upgrade under way",
      [revision(3, "pending-upgrade"), revision(2, "failed"), revision(1, "deployed")],
      { status: "pending", operation: "upgrade", lastDeployed: 1 },
    ],
    [
      "a rollback under way",
      [revision(3, "pending-rollback"), revision(2, "pending-upgrade"), revision(1, "deployed")],
      { status: "pending", operation: "rollback", lastDeployed: 1 },
    ],
    ["one that is being removed", [revision(1, "uninstalling")], { status: "uninstalling", since: SINCE }],
    [
      "one whose label names another owner",
      [revision(1, "deployed", { ...OURS, "musterbook.dev/owner": "musterbook-of-another-team" })],
      { status: "foreign", owner: expect.stringContaining("our label") },
    ],
    [
      "one without our label",
      [revision(1, "deployed", {})],
      { status: "foreign", owner: expect.stringContaining("our label") },
    ],
  ] as const)("with %s", async (_, revisions, expected) => {
    expect(await seen(revisions)).toMatchObject(expected);
  });

  it("takes any values for current where none are wanted", async () => {
    expect(await seen([revision(1, "deployed")], [], null)).toMatchObject({ status: "ours-current" });
    expect(await seen([revision(1, "deployed")], [], "v2")).toMatchObject({
      status: "ours-outdated",
      found: "v1",
      wanted: "v2",
    });
  });

  it.each([
    ["Argo CD, by label", operator({ "argocd.argoproj.io/instance": "mon" }), "Argo CD application mon"],
    [
      "Argo CD, by annotation",
      operator({}, { "argocd.argoproj.io/tracking-id": "mon:apps/Deployment:obs/operator" }),
      "Argo CD application mon",
    ],
    [
      "a HelmRelease of Flux",
      operator({ "helm.toolkit.fluxcd.io/name": "kps", "helm.toolkit.fluxcd.io/namespace": "flux" }),
      "Flux HelmRelease flux/kps",
    ],
    ["a Kustomization of Flux", operator({ "kustomize.toolkit.fluxcd.io/name": "kps" }), "Flux Kustomization ?/kps"],
    [
      "helm",
      operator({}, { "meta.helm.sh/release-name": "kps", "meta.helm.sh/release-namespace": "obs" }),
      "helm release obs/kps",
    ],
    [
      "a tool that left its name",
      operator({ "app.kubernetes.io/managed-by": "terraform" }),
      "somebody who manages it by terraform",
    ],
    ["nobody known", operator({}), "somebody who left no name"],
  ])("names %s as the owner of an operator that is there", async (_, object, owner) => {
    const found = await seen([], [object]);
    expect(found).toEqual({ status: "foreign", owner: `${owner}: Deployment obs/operator runs a Prometheus operator` });
  });

  it("does not take its own objects for somebody else's when its record is lost", async () => {
    const annotations = { "meta.helm.sh/release-name": "musterbook", "meta.helm.sh/release-namespace": "monitoring" };
    const service = { apiVersion: "v1", kind: "Service", metadata: { ...TARGET, annotations }, spec: {} };
    expect(await seen([], [operator({}, annotations), service])).toEqual({ status: "absent" });
  });

  it("finds an object that holds a name of ours", async () => {
    const { namespace, name } = TARGET;
    const service = { apiVersion: "v1", kind: "Service", metadata: { namespace, name }, spec: {} };
    expect(await seen([], [service])).toMatchObject({
      status: "foreign",
      owner: expect.stringContaining("holds a name"),
    });
  });
});
