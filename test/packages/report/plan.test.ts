import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClusterPlan, fleetPlan, type NextStep, renderFleetPlan } from "#report/plan";

const NOW = new Date("2026-11-21T10:00:00Z");
const NOTHING: NextStep = { kind: "nothing", at: null, reason: "nothing", message: "all is done", remedy: "" };

function planOf(name: string, given: Partial<ClusterPlan> = {}): ClusterPlan {
  const arn = `arn:aws:eks:eu-west-1:111122223333:cluster/${name}`;
  return {
    ...{ arn, name, region: "eu-west-1", account: "111122223333", mode: "manage" },
    ...{ next: NOTHING, changes: [], ...given },
  };
}

const PLANS: readonly ClusterPlan[] = [
  planOf("a"),
  planOf("b", { mode: "observe", region: "us-east-1" }),
  planOf("c", { next: { ...NOTHING, kind: "wait", message: "no load balancer (since 2026-11-21T09:30:00Z)" } }),
  planOf("d", { next: { ...NOTHING, kind: "stop", message: "it is private", remedy: "open it" } }),
  planOf("e", {
    next: { ...NOTHING, kind: "do", message: "there is no release" },
    changes: [
      { action: "add", what: "namespace monitoring", after: null },
      { action: "change", what: "release x", after: null },
      { action: "remove", what: "A x.example.com", after: "the cluster is gone" },
    ],
  }),
  planOf("f", { mode: null, next: { ...NOTHING, kind: "unknown", message: "EKS throttles", remedy: "wait" } }),
];

describe("renderFleetPlan", () => {
  it("counts per mode, tells each cluster worst first, and counts what would be done", () => {
    expect(renderFleetPlan(fleetPlan(PLANS, NOW), { width: 80 })).toBe(
      [
        "6 clusters found in 1 account, 2 regions",
        "  observe     1   nothing will be changed",
        "  manage      4",
        "  unknown     1   gone, or EKS did not answer",
        "",
        "f (eu-west-1)  could not be looked at: EKS throttles. Wait.",
        "d (eu-west-1)  stopped: it is private. Open it.",
        "e (eu-west-1)  there is no release",
        "  + namespace monitoring",
        "  ~ release x",
        "  - A x.example.com (after the cluster is gone)",
        "c (eu-west-1)  waits: no load balancer (since 09:30)",
        "a (eu-west-1)  nothing to do: all is done",
        "b (us-east-1)  nothing to do: all is done",
        "",
        "1 to add, 1 to change, 1 to remove. 1 cluster waits, 1 cluster needs a person, 1",
        "cluster could not be looked at.",
        "",
      ].join("\n"),
    );
  });

  it("says so where there is nothing to do, and where there is no cluster", () => {
    expect(renderFleetPlan(fleetPlan([planOf("a")], NOW), { width: 80 })).toMatch(/\n\nNothing to do\.\n$/);
    expect(renderFleetPlan(fleetPlan([], NOW), { width: 80 })).toBe("No cluster found.\n");
  });

  it("fits the width, whatever the clusters are called", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,50}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const plans = names.map((one) => planOf(one, { next: { ...NOTHING, message: "all of it is ".repeat(9) } }));
        for (const line of renderFleetPlan(fleetPlan(plans, NOW), { width: 80 }).split("\n")) {
          expect(line.length).toBeLessThanOrEqual(80);
        }
      }),
    );
  });
});

describe("fleetPlan", () => {
  it("counts accounts, regions, modes, changes, and what comes next", () => {
    expect(fleetPlan(PLANS, NOW)).toMatchObject({
      schemaVersion: 1,
      now: "2026-11-21T10:00:00.000Z",
      summary: {
        ...{ clusters: 6, accounts: 1, regions: 2, add: 1, change: 1, remove: 1 },
        modes: { observe: 1, register: 0, manage: 4, ignore: 0, unknown: 1 },
        next: { unknown: 1, stop: 1, do: 1, wait: 1, nothing: 2 },
      },
    });
  });
});
