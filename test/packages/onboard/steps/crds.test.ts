import { describe, expect, it } from "vitest";
import { crds } from "#onboard/steps/crds";
import { stepInput } from "#test/packages/onboard/steps/input";
import { active, DEV } from "#test/packages/onboard/world";

describe("the step crds", () => {
  it("passes over a definition that somebody upgraded meanwhile", async () => {
    const world = active();
    const input = await stepInput(world);
    const [first, ...others] = (await world.helmOf(DEV).crds(CHART)).map((crd) => versioned(crd, "0.93.1"));
    if (first === undefined || input.seen.leaf === null) throw new Error("expected definitions and a connection");
    await world.kubeOf(DEV).apply(versioned(first, "0.94.0"));
    const leaf = { ...input.seen.leaf, helm: { ...input.seen.leaf.helm, crds: async () => [first, ...others] } };

    const { message } = await crds({ ...input, seen: { ...input.seen, leaf } });

    expect(message).toBe("applied 9 of 10 custom resource definitions");
    const { apiVersion, kind, metadata } = first;
    const found = await world.kubeOf(DEV).get({ apiVersion, kind, name: metadata.name });
    expect(found?.metadata.annotations).toMatchObject({ "operator.prometheus.io/version": "0.94.0" });
  });
});

const CHART = { name: "kube-prometheus-stack", version: "1.0.0", digest: "d1", path: "/chart", standIn: true };

function versioned<T extends { readonly metadata: object }>(crd: T, version: string) {
  return { ...crd, metadata: { ...crd.metadata, annotations: { "operator.prometheus.io/version": version } } };
}
