import { describe, expect, it } from "vitest";
import type { EndpointEntry } from "#fleet/record";
import { plan } from "#onboard/plan";
import { type Observed, UNOBSERVED } from "#onboard/state";
import type { Plan, PlanInput } from "#onboard/verdict";
import { ACTIVE_DEV as description } from "#test/packages/onboard/world";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const MINUTE = 60_000;

/** A cluster on which all is done. */
const SOUND: Observed = {
  cluster: { status: "active", description },
  access: { status: "granted" },
  reach: { status: "open", version: "v1.36.0" },
  crds: { status: "present", version: "0.93.1" },
  release: { status: "ours-current", revision: 1 },
  ready: { status: "ready", loadBalancer: "lb.example.com" },
  dns: { status: "current" },
  listing: { status: "listed" },
  proof: { status: "proven", evidence: "seen" },
};
const HIDDEN: Partial<Observed> = {
  access: UNOBSERVED,
  reach: UNOBSERVED,
  crds: UNOBSERVED,
  release: UNOBSERVED,
  ready: UNOBSERVED,
  dns: UNOBSERVED,
  proof: UNOBSERVED,
};
const LISTED: EndpointEntry = { address: "a:10901", state: "listed", confirmedByEks: false, since: NOW.toISOString() };
const FORBIDDEN = { status: "forbidden", message: "no", remedy: "allow it" } as const;

type Mode = "observe" | "register" | "manage" | "ignore";

function planFor(state: Partial<Observed>, mode: Mode = "manage", more: Partial<PlanInput> = {}): Plan {
  return plan({
    state: { ...SOUND, ...state },
    selection: { mode, because: "the test says so" },
    facts: { grantedAt: null, endpoint: null },
    paused: false,
    now: NOW,
    ...more,
  });
}

/** The plan in a word or two. */
function brief(of: Plan): string {
  if ("do" in of) return `do ${of.do}`;
  if ("wait" in of) return `wait ${of.at}: ${of.wait}`;
  return "stop" in of ? `stop ${of.at}: ${of.stop}` : "nothing";
}

const since = (ms: number) => ago(ms).toISOString();
const pending = (ms: number, lastDeployed: number | null = null) =>
  ({ status: "pending", revision: 2, operation: "upgrade", since: since(ms), lastDeployed }) as const;
const refused = (reason: Extract<Observed["proof"], { status: "refused" }>["reason"]) =>
  ({ status: "refused", reason, message: "m", remedy: "r" }) as const;

describe("plan, in mode manage", () => {
  it.each([
    ["everything done", {}, "nothing"],
    ["creating", { ...HIDDEN, cluster: { status: "creating", description } }, "wait cluster: cluster-creating"],
    ["failed", { ...HIDDEN, cluster: { status: "failed", description } }, "stop cluster: cluster-failed"],
    ["updating", { cluster: { status: "updating", description } }, "nothing"],
    ["no entry", { access: { status: "missing" } }, "do access"],
    ["an entry without the policy", { access: { status: "narrowed", policies: [] } }, "do access"],
    ["aws-auth only", { access: { status: "config-map-only" } }, "stop access: config-map-only"],
    ["a private endpoint", { reach: { status: "private", vpcId: "vpc-1" } }, "stop reach: private-endpoint"],
    ["a private endpoint of no VPC", { reach: { status: "private", vpcId: null } }, "stop reach: private-endpoint"],
    [
      "another reconciler's cluster, without the access that only that one may give it",
      { access: { status: "missing" }, reach: { status: "elsewhere", vpc: "vpc-1" } },
      "wait reach: handed-over",
    ],
    [
      "a restricted one",
      { reach: { status: "restricted", cidrs: ["192.0.2.0/24"], message: "m" } },
      "stop reach: endpoint-restricted",
    ],
    ["no answer", { reach: { status: "unreachable", message: "m" } }, "wait reach: unreachable"],
    ["a 401", { reach: { status: "unauthorized", message: "m" } }, "stop reach: unauthorized"],
    ["reach not seen", { reach: UNOBSERVED }, "wait reach: not-looked-at"],
    ["definitions missing", { crds: { status: "missing", names: ["a"] } }, "do crds"],
    ["older definitions", { crds: { status: "older", found: "0.9", wanted: "1.0" } }, "do crds"],
    ["newer definitions", { crds: { status: "newer", found: "1.0", wanted: "0.9" } }, "nothing"],
    ["definitions not served", { crds: { status: "settling", names: ["a"] } }, "wait crds: crds-settling"],
    ["definitions hidden", { crds: FORBIDDEN }, "stop crds: forbidden"],
    ["definitions not seen of a sound release", { crds: UNOBSERVED }, "nothing"],
    ["definitions not seen", { crds: UNOBSERVED, release: { status: "absent" } }, "wait crds: not-looked-at"],
    [
      "a foreign release over old definitions",
      { release: { status: "foreign", owner: "x" }, crds: { status: "missing", names: [] } },
      "stop release: foreign-release",
    ],
    [
      "releases hidden over missing definitions",
      { release: FORBIDDEN, crds: { status: "missing", names: ["a"] } },
      "stop release: forbidden",
    ],
    ["no release", { release: { status: "absent" } }, "do release"],
    [
      "an outdated release",
      { release: { status: "ours-outdated", revision: 1, found: "a", wanted: "b" } },
      "do release",
    ],
    ["a failed release", { release: { status: "ours-failed", revision: 1 } }, "do release"],
    [
      "labels that would change",
      { release: { status: "ours-relabelling", revision: 1, from: "a=1", to: "a=2" } },
      "stop release: labels-would-change",
    ],
    ["a young pending", { release: pending(14 * MINUTE) }, "wait release: release-pending"],
    ["an old pending", { release: pending(15 * MINUTE, 1) }, "do release"],
    [
      "a young uninstall",
      { release: { status: "uninstalling", since: since(MINUTE) } },
      "wait release: release-uninstalling",
    ],
    [
      "an old uninstall",
      { release: { status: "uninstalling", since: since(16 * MINUTE) } },
      "stop release: release-uninstalling",
    ],
    ["releases hidden", { release: FORBIDDEN }, "stop release: forbidden"],
    ["releases not seen", { release: UNOBSERVED }, "wait release: not-looked-at"],
    [
      "workloads starting",
      {
        ready: {
          status: "waiting",
          missing: [
            { what: "x", since: null },
            { what: "y", since: "z" },
          ],
        },
      },
      "wait ready: not-ready",
    ],
    ["workloads hidden", { ready: FORBIDDEN }, "stop ready: forbidden"],
    ["workloads not seen", { ready: UNOBSERVED }, "wait ready: not-looked-at"],
    ["no name", { dns: { status: "missing" } }, "do dns"],
    ["a wrong name", { dns: { status: "wrong", target: "x" } }, "do dns"],
    ["an unknown change", { dns: { status: "unconfirmed", changeId: "c" } }, "do dns"],
    ["a change without a trace", { dns: { status: "unconfirmed", changeId: null } }, "do dns"],
    ["a change under way", { dns: { status: "pending-change", changeId: "c" } }, "wait dns: dns-pending"],
    ["somebody's name", { dns: { status: "foreign", owner: "arn" } }, "stop dns: foreign-record"],
    ["nobody's name", { dns: { status: "foreign", owner: null } }, "stop dns: foreign-record"],
    ["names not seen", { dns: UNOBSERVED }, "wait dns: not-looked-at"],
    ["not listed", { listing: { status: "not-listed" } }, "do register"],
    ["not published", { listing: { status: "unpublished" } }, "wait register: unpublished"],
    ["not yet in stores", { proof: refused("not-in-stores") }, "wait prove: not-in-stores"],
    ["no proxy", { proof: refused("proxy-forbidden") }, "stop prove: proxy-forbidden"],
    ["other labels", { proof: refused("labels-differ") }, "stop prove: labels-differ"],
    ["proof not seen", { proof: UNOBSERVED }, "wait prove: not-looked-at"],
  ] as const satisfies readonly (readonly [string, Partial<Observed>, string])[])("with %s", (_, state, expected) => {
    expect(brief(planFor(state))).toBe(expected);
  });

  it.each([
    [true, "wait access: access-unreadable"],
    [false, "stop access: access-unreadable"],
  ])("tells an entry that EKS does not show now from one that it never will", (retryable, expected) => {
    const access = { status: "unreadable", retryable, message: "m", remedy: "r" } as const;
    expect(brief(planFor({ access }))).toBe(expected);
  });

  it.each([
    [30_000, "wait reach: access-propagating"],
    [60_001, "stop reach: unauthorized"],
  ])("takes a 401 for propagation until a minute after the entry was made (%i ms)", (ms, expected) => {
    const facts = { grantedAt: ago(ms), endpoint: null };
    expect(brief(planFor({ reach: { status: "unauthorized", message: "m" } }, "manage", { facts }))).toBe(expected);
  });

  it("says what is missing, and since when", () => {
    const missing = [
      { what: "x is not there", since: null },
      { what: "y", since: "2026-11-21T09:00:00Z" },
    ];
    expect(planFor({ ready: { status: "waiting", missing } })).toMatchObject({
      message: "x is not there; y (since 2026-11-21T09:00:00Z)",
    });
  });
});

describe("plan, in lesser modes", () => {
  const bad: Partial<Observed> = {
    access: UNOBSERVED,
    crds: UNOBSERVED,
    release: { status: "foreign", owner: "Argo CD" },
    dns: { status: "missing" },
  };

  it.each([
    ["register", bad, "do dns"],
    ["register", { ...bad, dns: { status: "current" }, listing: { status: "not-listed" } }, "do register"],
    ["register", { reach: { status: "unreachable", message: "m" } }, "wait reach: unreachable"],
    ["observe", bad, "nothing"],
    ["observe", { ...HIDDEN, cluster: { status: "failed", description } }, "nothing"],
    ["ignore", bad, "nothing"],
  ] as const satisfies readonly (readonly [Mode, Partial<Observed>, string])[])("%s", (mode, state, expected) => {
    expect(brief(planFor(state, mode))).toBe(expected);
  });
});

describe("plan, while paused", () => {
  it("turns what it would do into a wait for the sweep", () => {
    const paused = planFor({ access: { status: "missing" } }, "manage", { paused: true });
    expect(paused).toMatchObject({ wait: "paused", at: "access", until: "sweep" });
    expect(paused).toHaveProperty("message", expect.stringContaining("would do access"));
  });

  it("waits and stops as ever", () => {
    expect(brief(planFor({ dns: { status: "pending-change", changeId: "c" } }, "manage", { paused: true }))).toBe(
      "wait dns: dns-pending",
    );
  });
});

describe("plan, of a cluster that goes or is not seen", () => {
  const absent = { ...HIDDEN, cluster: { status: "absent" } } as const;
  const deleting = { ...HIDDEN, cluster: { status: "deleting", description } } as const;
  const listed = { grantedAt: null, endpoint: LISTED };
  const removed = { grantedAt: null, endpoint: { ...LISTED, state: "removed" } } as const;
  const unobservable = (retryable: boolean) =>
    ({ status: "unobservable", retryable, reason: "throttled", message: "m", remedy: "r" }) as const;

  it.each([
    ["deleting, listed", deleting, listed, "do offboard"],
    ["deleting, removed", deleting, removed, "wait cluster: cluster-deleting"],
    ["absent, listed", absent, listed, "do offboard"],
    ["absent, its name left", { ...absent, dns: { status: "wrong", target: "x" } }, removed, "do offboard"],
    ["absent, somebody else's name", { ...absent, dns: { status: "foreign", owner: null } }, removed, "nothing"],
    ["absent, nothing left", { ...absent, dns: { status: "missing" } }, removed, "nothing"],
    ["not seen for now", { ...HIDDEN, cluster: unobservable(true) }, listed, "wait cluster: cluster-unobservable"],
    ["not seen for good", { ...HIDDEN, cluster: unobservable(false) }, listed, "stop cluster: throttled"],
  ] as const satisfies readonly (readonly [string, Partial<Observed>, PlanInput["facts"], string])[])(
    "%s",
    (_, state, facts, expected) => {
      expect(brief(planFor(state, "observe", { facts, selection: null }))).toBe(expected);
    },
  );

  it("concludes nothing where even the tags are unknown and nothing is wrong", () => {
    expect(planFor({}, "observe", { selection: null })).toEqual({ nothing: true, because: "nothing of ours is left" });
  });
});
