import { describe, expect, it } from "vitest";
import { decide } from "#onboard/decide";
import type { Observed } from "#onboard/state";
import { changesOf, type Planned } from "#report/plan-changes";
import { active, DEV } from "#test/packages/onboard/world";

const ENDPOINT = "thanos.dev-7.obs.example.com";
const DONE: Partial<Observed> = {
  access: { status: "granted" },
  crds: { status: "present", version: "0.93.1" },
  release: { status: "ours-current", revision: 1 },
  ready: { status: "ready", loadBalancer: "lb.example.com" },
  dns: { status: "current" },
  listing: { status: "listed" },
};

/** What is to be done where a look saw this, all else being done. */
async function changes(state: Partial<Observed>, given: Partial<Planned> = {}): Promise<readonly string[]> {
  const world = active();
  const ports = world.ports();
  const decision = await decide(DEV, ports, null, ports.clock.now());
  const seen = { ...decision.seen, state: { ...decision.seen.state, ...DONE, ...state } };
  const planned = { ref: DEV, config: ports.config, hasNamespace: null, named: undefined, ...given };
  return changesOf({ decision: { ...decision, seen }, ...planned }).map(({ action, what, after }) => {
    return `${action} ${what}${after === null ? "" : ` | ${after}`}`;
  });
}

describe("changesOf", () => {
  it.each<[string, Partial<Observed>, readonly string[]]>([
    ["nothing", {}, []],
    [
      "a narrowed access entry",
      { access: { status: "narrowed", policies: [] } },
      ["change access entry of arn:aws:iam::111122223333:role/musterbook: the cluster-admin policy besides"],
    ],
    [
      "older definitions",
      { crds: { status: "older", found: "0.80.0", wanted: "0.93.1" } },
      ["change custom resource definitions: 0.80.0 -> 0.93.1"],
    ],
    [
      "a failed release",
      { release: { status: "ours-failed", revision: 3 } },
      ["change release monitoring/musterbook: upgraded again, since revision 3 failed"],
    ],
    [
      "a first revision that never finished",
      { release: { status: "pending", revision: 1, operation: "install", since: "", lastDeployed: null } },
      ["remove revision 1 of release monitoring/musterbook, which never finished"],
    ],
    [
      "an upgrade that never finished",
      { release: { status: "pending", revision: 2, operation: "upgrade", since: "", lastDeployed: 1 } },
      ["change release monitoring/musterbook: rolled back from pending revision 2 to 1"],
    ],
    ["no name", { dns: { status: "missing" } }, [`add A ${ENDPOINT} -> lb.example.com`]],
    [
      "a name that leads elsewhere",
      { dns: { status: "wrong", target: "old.example.com" } },
      [`change A ${ENDPOINT} -> lb.example.com (it leads to old.example.com)`],
    ],
    [
      "a name of which little is known",
      { dns: { status: "unconfirmed", changeId: null } },
      [`change A ${ENDPOINT} -> lb.example.com (written again: whether it is in sync is not known)`],
    ],
    ["no entry", { listing: { status: "not-listed" } }, [`add store list entry ${ENDPOINT}:10901`]],
    [
      "a cluster out of reach",
      { reach: { status: "private", vpcId: null }, crds: { status: "missing", names: ["a"] } },
      [],
    ],
  ])("follows from %s", async (_, state, expected) => {
    expect(await changes(state)).toEqual(expected);
  });

  it("makes a namespace only where there is none", async () => {
    const release = { status: "absent" } as const;
    expect(await changes({ release }, { hasNamespace: true })).toHaveLength(1);
    expect(await changes({ release }, { hasNamespace: null })).toHaveLength(1);
    expect(await changes({ release }, { hasNamespace: false })).toContain("add namespace monitoring");
  });

  it("expects no name to be made that is there already", async () => {
    const state: Partial<Observed> = { ready: { status: "waiting", missing: [] }, dns: { status: "unobserved" } };
    const named = { name: ENDPOINT, target: "lb.example.com", owner: DEV.arn };
    expect(await changes(state, { named })).toEqual([]);
    expect(await changes(state)).toEqual([`add A ${ENDPOINT} | its load balancer has a name`]);
  });
});
