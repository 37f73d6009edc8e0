import { describe, expect, it } from "vitest";
import { planFleet } from "#cli/plan-fleet";
import { throttled } from "#local/local-clusters";
import type { ClusterPlan, FleetPlan } from "#report/plan";
import { active, createWorld, DEV, OBSERVER, onboarded } from "#test/packages/onboard/world";

type World = Awaited<ReturnType<typeof onboarded>>;

/** The plan of a world, and the proof that making it wrote nothing anywhere. */
async function planned(world: World): Promise<FleetPlan> {
  const ports = world.ports();
  const all = async () => ({
    writes: world.writes(),
    objects: [DEV, OBSERVER].map((ref) => world.server(ref).store.revision()),
    records: await ports.registry.all(),
    names: world.dns.records(),
    stores: await ports.storeList.read(),
    access: await ports.clusters.accessPolicies(OBSERVER, ports.config.principalArn),
  });
  const before = await all();
  const plan = await planFleet(ports, () => undefined);
  expect(await all()).toEqual(before);
  return plan;
}

function devOf({ clusters }: FleetPlan): ClusterPlan | undefined {
  return clusters.find(({ arn }) => arn === DEV.arn);
}

function changesOf(plan: FleetPlan): readonly string[] {
  const marks = { add: "+", change: "~", remove: "-" };
  return (devOf(plan)?.changes ?? []).map(({ action, what, after }) => {
    return `${marks[action]} ${what}${after === null ? "" : ` (after ${after})`}`;
  });
}

describe("planFleet", () => {
  it("tells all the way of a cluster that has nothing yet, and writes nothing", async () => {
    expect(changesOf(await planned(active({ tags: { stage: "dev" } })))).toEqual([
      "+ access entry for arn:aws:iam::111122223333:role/musterbook, with the cluster-admin policy",
      expect.stringMatching(/^\+ \d+ custom resource definitions of the operator$/),
      "+ namespace monitoring",
      "+ release monitoring/musterbook: kube-prometheus-stack 1.0.0",
      "+ A thanos.dev-7.obs.example.com (after its load balancer has a name)",
      "+ store list entry thanos.dev-7.obs.example.com:10901 (after DNS is in sync)",
    ]);
  });

  it("has nothing to do on a cluster on which all is done", async () => {
    const plan = await planned(await onboarded());
    expect(devOf(plan)).toMatchObject({ mode: "manage", next: { kind: "nothing" }, changes: [] });
    expect(plan.summary).toMatchObject({ add: 0, change: 0, remove: 0 });
  });

  it("tells that changed values are a changed release", async () => {
    const world = await onboarded();
    world.configure({ leaf: { values: [{ select: {}, values: { grafana: { replicas: 2 } } }] } });
    expect(changesOf(await planned(world))).toEqual([
      expect.stringMatching(/^~ release monitoring\/musterbook: kube-prometheus-stack 1.0.0, values \w+ -> \w+$/),
    ]);
  });

  it("removes what is ours of a cluster that is deleted, also once it is gone", async () => {
    const world = await onboarded();
    world.clusters.remove(DEV);
    const entry = "- store list entry thanos.dev-7.obs.example.com:10901";
    const record = "- A thanos.dev-7.obs.example.com";
    expect(changesOf(await planned(world))).toEqual([entry, `${record} (after the cluster is gone)`]);
    world.clock.advance(10 * 60_000);
    expect(changesOf(await planned(world))).toEqual([entry, record]);
    await world.settle(DEV);
    expect(devOf(await planned(world))).toBeUndefined();
  });

  it("tells what a pause holds back", async () => {
    const plan = await planned(active({}, { paused: true }));
    expect(devOf(plan)).toMatchObject({ next: { kind: "wait", reason: "paused" } });
    expect(plan.summary.add).toBeGreaterThan(3);
  });

  it.each([
    ["a mode that only observes", { tags: { "musterbook:mode": "observe" } }, { kind: "nothing" }],
    ["a cluster that is left out", { tags: { "musterbook:ignore": "true" } }, { kind: "nothing" }],
    ["one that knows no access entries", { authenticationMode: "CONFIG_MAP" }, { kind: "stop" }],
  ] as const)("changes nothing for %s", async (_, given, next) => {
    expect(devOf(await planned(active(given)))).toMatchObject({ next, changes: [] });
  });

  it("tells that a private endpoint ends it, whatever is done before", async () => {
    const plan = await planned(active({ endpointPublicAccess: false }));
    expect(devOf(plan)).toMatchObject({ next: { kind: "stop", reason: "private-endpoint" } });
    expect(changesOf(plan)).toEqual([expect.stringMatching(/^\+ access entry/)]);
  });

  it("tells of a cluster that cannot be looked at why, and goes on", async () => {
    const world = active();
    const ports = { ...world.ports(), storeList: failing() };
    const plan = await planFleet(ports, () => undefined);
    expect(devOf(plan)).toMatchObject({ next: { kind: "unknown", reason: "throttled" }, changes: [] });
    expect(plan.clusters).toHaveLength(2);
  });

  it("makes no plan of a part of the fleet", async () => {
    const world = createWorld({}, { fault: (call) => (call === "list" ? throttled() : undefined) });
    await expect(planFleet(world.ports(), () => undefined)).rejects.toThrow("EKS throttles");
  });

  it("tells how far it is", async () => {
    const told: string[] = [];
    await planFleet(active().ports(), (done, total) => told.push(`${done}/${total}`));
    expect(told).toEqual(["1/2", "2/2"]);
  });
});

function failing() {
  const fail = async (): Promise<never> => {
    throw throttled();
  };
  return { read: fail, write: fail };
}
