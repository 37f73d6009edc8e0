import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { MODES } from "#fleet/mode";
import { matchesSelector, selectCluster } from "#fleet/select";

const ref = clusterRef({ account: "111122223333", region: "eu-west-1", name: "prod-a" });
const SINCE = "2026-11-21T00:00:00Z";
const BEFORE = "2026-11-20T23:59:59.999Z";

type Config = Parameters<typeof selectCluster>[0]["config"];
const config: Config = {
  modes: [
    { select: { name: "prod-*", tags: { team: "a" } }, mode: "register" },
    { select: { account: "999900001111" }, mode: "manage" },
    { select: { region: "eu-west-1", tags: { tier: "lab" } }, mode: "manage" },
  ],
  newClusters: { mode: "manage", since: SINCE },
};

describe("selectCluster", () => {
  it.each([
    ["an old cluster that nothing names", {}, BEFORE, "observe", "no rule"],
    ["a new cluster", {}, SINCE, "manage", "newClusters.since"],
    ["the first selector that matches", { team: "a", tier: "lab" }, SINCE, "register", "modes.0"],
    ["a later selector", { tier: "lab" }, BEFORE, "manage", "modes.2"],
    ["the mode tag before selectors", { team: "a", "musterbook:mode": "observe" }, SINCE, "observe", "tag"],
    ["a mode tag in capitals", { "musterbook:mode": " Manage " }, BEFORE, "manage", "tag"],
    ["a mode tag that is no mode", { "musterbook:mode": "own" }, SINCE, "observe", "choose observe, register, manage"],
    ["the ignore tag before all", { "musterbook:ignore": "true", "musterbook:mode": "manage" }, SINCE, "ignore", "tag"],
    ["an empty ignore tag", { "musterbook:ignore": "" }, SINCE, "ignore", "tag"],
    ["an ignore tag that says no", { "musterbook:ignore": "False" }, SINCE, "manage", "newClusters"],
  ] as const)("goes by %s", (_, tags, createdAt, mode, because) => {
    const selection = selectCluster({ config, ref, createdAt, tags });
    expect(selection).toEqual({ mode, because: expect.stringContaining(because) });
  });

  it("observes where the configuration says nothing of new clusters", () => {
    expect(selectCluster({ config: { modes: [] }, ref, createdAt: SINCE, tags: {} }).mode).toBe("observe");
  });

  it("never throws at a tag, nor raises a mode by one that cannot be read", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const known = MODES.some((mode) => mode === value.trim().toLowerCase());
        const { mode } = selectCluster({ config, ref, createdAt: SINCE, tags: { "musterbook:mode": value } });
        expect(known || mode === "observe").toBe(true);
      }),
    );
  });
});

describe("matchesSelector", () => {
  it.each([
    [{}, true],
    [{ account: "111122223333", region: "eu-west-1", name: "prod-a" }, true],
    [{ account: "111122223334" }, false],
    [{ region: "eu-west-2" }, false],
    [{ name: "prod" }, false],
    [{ name: "*" }, true],
    [{ name: "p*o*-a" }, true],
    [{ name: "*-b" }, false],
    [{ name: "prod-a*a" }, false],
    [{ name: "p*x*a" }, false],
    [{ name: "PROD-*" }, false],
    [{ tags: { stage: "prod" } }, true],
    [{ tags: { stage: "prod", team: "a" } }, false],
  ])("%j: %s", (select, expected) => {
    expect(matchesSelector(select, ref, { stage: "prod" })).toBe(expected);
  });

  it("agrees with the regular expression that a pattern stands for", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(text, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name);
        expect(matchesSelector({ name: pattern }, { ...ref, name }, {})).toBe(expected);
      }),
    );
  });
});
