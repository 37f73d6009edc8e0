import { describe, expect, it } from "vitest";
import { observeCluster, type ReadKube } from "#cli/observe-cluster";
import { firstStep } from "#cli/observe-plan";
import { TerminalError } from "#fleet/errors";
import type { KubeObject } from "#onboard/ports";
import { active, DEV, onboarded, START } from "#test/packages/onboard/world";

type World = Awaited<ReturnType<typeof onboarded>>;

const VERSION = "operator.prometheus.io/version";

function crd(name: string, version: string, established = "True"): KubeObject {
  const metadata = { name, annotations: { [VERSION]: version } };
  const status = { conditions: [{ type: "Established", status: established }] };
  const spec = { group: "monitoring.coreos.com", names: { plural: "x", kind: "X" }, scope: "Namespaced", versions: [] };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata, spec, status };
}

/** What is seen of the cluster of a world, and what would be done first. */
async function seenIn(world: World, { kube = world.kubeOf(DEV), chart = "0.93.1" } = {}) {
  const { config } = world.ports();
  const told: string[] = [];
  const definitions = async () => [crd("prometheuses.monitoring.coreos.com", chart)];
  const seen = await observeCluster({ kube, definitions, config, onLook: (what) => told.push(what) });
  const row = (what: string) => seen.rows.find((one) => one.what === what);
  return { row, told, first: firstStep(seen, new Date(START)) };
}

describe("observeCluster", () => {
  it("sees a release of ours with its load balancer, on which manage has nothing to change", async () => {
    const world = await onboarded();
    const { row, told, first } = await seenIn(world, { kube: withDefinition(world, crd("x", "0.93.1")) });
    expect(row("release")).toMatchObject({ state: "ours", detail: "monitoring/musterbook, revision 1 deployed" });
    expect(row("endpoint")).toMatchObject({ state: "ok" });
    expect(first).toMatchObject({ kind: "nothing", reason: "installed" });
    expect(told).toEqual(["Kubernetes API", "nodes", "storage classes", "definitions", "release", "endpoint"]);
  });

  it.each([
    ["the same", crd("x", "0.93.1"), { state: "ok", detail: "of prometheus-operator, version 0.93.1" }],
    ["newer", crd("x", "0.95.0"), { state: "ok", detail: "version 0.95.0, newer than the chart's 0.93.1: left alone" }],
    ["older", crd("x", "0.80.0"), { state: "partly", detail: "version 0.80.0, older than the chart's 0.93.1" }],
    ["not served", crd("x", "0.93.1", "False"), { state: "partly", detail: expect.stringMatching(/^not served yet/) }],
  ])("tells of definitions that are %s", async (_, found, expected) => {
    const world = active();
    expect((await seenIn(world, { kube: withDefinition(world, found) })).row("definitions")).toMatchObject(expected);
  });

  it.each([
    ["killed", "pending", /^monitoring\/musterbook, install of revision 1 pending since /],
    ["interrupted", "failed", /^monitoring\/musterbook, revision 1 failed$/],
  ] as const)("tells of a release that was %s that it is %s", async (fault, _, detail) => {
    const world = active();
    world.faults.push(fault);
    await world.look(DEV); // makes the access entry, which EKS honours half a minute later
    world.clock.advance(60_000);
    await world.look(DEV);
    expect((await seenIn(world)).row("release")).toMatchObject({
      state: "ours",
      detail: expect.stringMatching(detail),
    });
  });

  it("goes on where the chart's definitions cannot be had, and plans nothing from what it did not see", async () => {
    const world = active();
    const gone = new TerminalError("there is no helm", { remedy: "install it" });
    const definitions = async (): Promise<never> => {
      throw gone;
    };
    const { config } = world.ports();
    const seen = await observeCluster({ kube: world.kubeOf(DEV), definitions, config, onLook: () => undefined });
    expect(seen.rows).toContainEqual({ what: "definitions", state: "unknown", detail: "there is no helm" });
    expect(seen.rows).toHaveLength(6);
    expect(firstStep(seen, new Date(START))).toMatchObject({ kind: "unknown", message: "crds could not be looked at" });
  });

  it("names the missing right as the reason why manage would stop", async () => {
    const world = active();
    const kube: ReadKube = { ...world.kubeOf(DEV), list: refuse };
    const { row, first } = await seenIn(world, { kube: { ...world.kubeOf(DEV), ...kube } });
    for (const what of ["nodes", "release", "operator"]) expect(row(what)).toMatchObject({ state: "forbidden" });
    expect(row("nodes")?.detail).toBe("needs the right to list things.example.com in the namespace a");
    expect(first).toMatchObject({ kind: "stop", reason: "forbidden" });
  });

  it("throws a defect", async () => {
    const world = active();
    const kube = { ...world.kubeOf(DEV), list: () => Promise.reject(new TypeError("a defect")) };
    await expect(seenIn(world, { kube })).rejects.toThrow("a defect");
  });
});

/** The world's cluster, with one definition whatever is asked for. */
function withDefinition(world: World, definition: KubeObject) {
  const kube = world.kubeOf(DEV);
  const get: typeof kube.get = async (ref) =>
    ref.kind === "CustomResourceDefinition" ? definition : await kube.get(ref);
  return { ...kube, get };
}

async function refuse(): Promise<never> {
  const said = 'cannot list resource "things" in API group "example.com" in the namespace "a"';
  throw new TerminalError(`list: things is forbidden: User "u" ${said}`, { reason: "forbidden", remedy: "allow it" });
}
