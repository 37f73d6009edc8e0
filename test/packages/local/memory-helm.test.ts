import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { MusterbookError } from "#fleet/errors";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import { type HelmFault, memoryHelm } from "#local/memory-helm";
import type { ChartRef, Helm, KubeApi, UpgradeRequest } from "#onboard/ports";
import { leafValues } from "#profiles/leaf";
import { defineHelmContract } from "#test/contracts/helm";
import { leafInput } from "#test/factories/leaf-input";

const NOW = "2026-11-21T12:00:00Z";
const CHART: ChartRef = {
  name: "kube-prometheus-stack",
  version: "88.5.3",
  digest: "sha256:0",
  path: "",
  standIn: true,
};

function embedded() {
  const clock = fixedClock(NOW);
  return { clock, kube: directKube(createEmbeddedCluster({ name: "c1", clock })) };
}

defineHelmContract("the in-memory helm", async () => {
  const { kube, clock } = embedded();
  let next: HelmFault | undefined;
  return {
    kube,
    helm: memoryHelm({ kube, clock, fault: () => next }),
    chart: CHART,
    namespace: "monitoring",
    arrange: (fault) => {
      next = fault === "none" ? undefined : fault;
    },
    deadline: () => new Date("2026-11-21T12:10:00Z"),
    close: async () => undefined,
  };
});

function request(over: Partial<UpgradeRequest> = {}): UpgradeRequest {
  const values = leafValues(leafInput({ externalLabels: { cluster: "c1", stage: "{{ x }}" } }));
  const deadline = new Date("2026-11-21T12:10:00Z");
  return { release: "musterbook", namespace: "monitoring", chart: CHART, values, labels: {}, deadline, ...over };
}

const PROMETHEUS = { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", namespace: "monitoring" };

describe("memoryHelm", () => {
  it("makes the Prometheus resource and the leaf querier from the leaf's values", async () => {
    const { kube, clock } = embedded();
    const helm = memoryHelm({ kube, clock });
    for (const crd of await helm.crds(CHART)) await kube.apply(crd);
    await helm.upgrade(request());

    const prometheus = await kube.get({ ...PROMETHEUS, name: "musterbook" });
    expect(prometheus?.spec).toMatchObject({ replicas: 2, externalLabels: { cluster: "c1", stage: "{{ x }}" } });
    const service = { apiVersion: "v1", kind: "Service", namespace: "monitoring", name: "musterbook-leaf-query" };
    expect((await kube.get(service))?.spec).toMatchObject({ type: "LoadBalancer" });
  });

  it("fails, and says why, where the cluster refuses an object", async () => {
    const { kube, clock } = embedded();
    const refused = memoryHelm({ kube, clock }).upgrade(request());
    await expect(refused).rejects.toMatchObject({ reason: "helm-failed", cause: expect.any(Error) });
    const [revision] = await memoryHelm({ kube, clock }).revisions("musterbook", "monitoring");
    expect(revision?.status).toBe("failed");
  });

  it("stays pending after a crash, at whichever write it comes", async () => {
    for (let writes = 1; writes < 5; writes += 1) {
      const { kube, clock } = embedded();
      const values = { prometheus: { enabled: false }, extraManifests: request().values.extraManifests };
      const helm = memoryHelm({ kube: crashing(kube, writes), clock });
      await expect(helm.upgrade(request({ values }))).rejects.toThrow("crash");
      const found = await helm.revisions("musterbook", "monitoring");
      expect(found.map(({ status }) => status)).toEqual(writes === 1 ? [] : ["pending-install"]);
    }
  });

  it("refuses a template that it does not know instead of guessing", async () => {
    const { kube, clock } = embedded();
    const values = { prometheus: { enabled: false }, extraManifests: { x: { kind: "{{ .Values.kind }}" } } };
    await expect(memoryHelm({ kube, clock }).upgrade(request({ values }))).rejects.toMatchObject({
      value: ".Values.kind",
    });
  });
});

/** Crashes instead of the write with this number, after the namespace. */
function crashing(kube: KubeApi, survives: number): KubeApi {
  let left = survives;
  return {
    ...kube,
    apply: async (object) => {
      if (object.kind !== "Namespace") left -= 1;
      if (left < 1 && object.kind !== "Namespace") throw new Error("crash");
      return await kube.apply(object);
    },
  };
}

const FAULTS = [
  "hook-fails",
  "interrupted",
  "killed",
  "killed-after-objects",
  "killed-after-superseding",
] as const satisfies readonly HelmFault[];

/** What a look does: forget or roll back what is pending, else upgrade. */
async function repairOrUpgrade(helm: Helm, values: UpgradeRequest["values"]): Promise<void> {
  const revisions = await helm.revisions("musterbook", "monitoring");
  const [newest] = revisions;
  if (!newest?.status.startsWith("pending-")) return await helm.upgrade(request({ values }));
  const good = revisions.find(({ status }) => status === "deployed" || status === "superseded");
  if (good === undefined) return await helm.forget(newest);
  return await helm.rollback("musterbook", "monitoring", good.revision, request().deadline);
}

describe("any schedule of faults", () => {
  const operations = fc.array(fc.option(fc.constantFrom(...FAULTS), { nil: undefined }), { maxLength: 12 });

  it("leaves at most one revision deployed and few records, and ends well once the faults end", async () => {
    await fc.assert(
      fc.asyncProperty(operations, async (schedule) => {
        const { kube, clock } = embedded();
        const faults = [...schedule];
        const helm = memoryHelm({ kube, clock, fault: () => faults.shift() });
        const { extraManifests } = request().values;
        const values = { prometheus: { enabled: false }, extraManifests };
        for (let looks = 0; looks < 2 * schedule.length + 3; looks += 1) {
          const [outcome] = await Promise.allSettled([repairOrUpgrade(helm, values)]);
          if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(MusterbookError);
          const found = await helm.revisions("musterbook", "monitoring");
          expect(found.filter(({ status }) => status === "deployed").length).toBeLessThanOrEqual(1);
          expect(found.length).toBeLessThanOrEqual(3);
        }
        expect((await helm.revisions("musterbook", "monitoring"))[0]?.status).toBe("deployed");
      }),
      { numRuns: 200 },
    );
  });
});
