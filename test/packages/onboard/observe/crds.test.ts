import { describe, expect, it } from "vitest";
import { isDowngrade, observeCrds } from "#onboard/observe/crds";
import type { KubeObject } from "#onboard/ports";
import { createWorld, DEV } from "#test/packages/onboard/world";

/** A definition, of a version if one is given. */
function crd(name: string, version?: string): KubeObject {
  const annotations = version === undefined ? {} : { "operator.prometheus.io/version": version };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${name}s.monitoring.coreos.com`, annotations },
    spec: {
      group: "monitoring.coreos.com",
      scope: "Namespaced",
      names: { plural: `${name}s`, singular: name, kind: name, listKind: `${name}List` },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
}

async function seen(found: readonly KubeObject[], wanted: readonly KubeObject[]) {
  const world = createWorld();
  for (const object of found) await world.kubeOf(DEV).apply(object);
  return await observeCrds(world.kubeOf(DEV), wanted);
}

const WANTED = [crd("probe", "0.93.1"), crd("rule", "0.93.1")];

describe("observeCrds", () => {
  it.each([
    ["none", [], { status: "missing", names: ["probes.monitoring.coreos.com", "rules.monitoring.coreos.com"] }],
    ["one of them", [crd("probe", "0.93.1")], { status: "missing", names: ["rules.monitoring.coreos.com"] }],
    ["the same", WANTED, { status: "present", version: "0.93.1" }],
    [
      "one that is older",
      [crd("probe", "0.93.1"), crd("rule", "0.92.0")],
      { status: "older", found: "0.92.0", wanted: "0.93.1" },
    ],
    [
      "one without a version",
      [crd("probe", "0.93.1"), crd("rule")],
      { status: "older", found: "none", wanted: "0.93.1" },
    ],
    [
      "newer ones",
      [crd("probe", "0.100.0"), crd("rule", "0.100.0")],
      { status: "newer", found: "0.100.0", wanted: "0.93.1" },
    ],
  ])("with %s", async (_, found, expected) => {
    expect(await seen(found, WANTED)).toEqual(expected);
  });

  it("tells definitions that are not served yet", async () => {
    const kube = { ...createWorld().kubeOf(DEV), get: async () => WANTED[0] };
    expect(await observeCrds(kube, WANTED)).toMatchObject({ status: "settling" });
  });

  it("takes definitions without versions on both sides for the same", async () => {
    expect(await seen([crd("probe")], [crd("probe")])).toEqual({ status: "present", version: "none" });
  });
});

describe("isDowngrade", () => {
  it.each([
    [undefined, "0.93.1", false],
    [crd("probe", "0.93.1"), "0.93.1", false],
    [crd("probe"), "0.93.1", false],
    [crd("probe", "0.94.0"), "0.93.1", true],
    [crd("probe", "0.94.0"), undefined, true],
  ])("is told by the versions", (found, wanted, expected) => {
    expect(isDowngrade(found, crd("probe", wanted))).toBe(expected);
  });
});
