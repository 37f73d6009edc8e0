import { describe, expect, it } from "vitest";
import { labelMatcher } from "#local/kubernetes/selectors";

describe("a label selector", () => {
  const labels = { tier: "gold", "app.kubernetes.io/name": "web", empty: "" };

  it.each([
    ["", true],
    ["tier=gold", true],
    ["tier==gold", true],
    ["tier=silver", false],
    ["tier!=silver", true],
    ["absent!=x", true],
    ["empty=", true],
    ["tier", true],
    ["!tier", false],
    ["!absent", true],
    ["tier in (gold, silver)", true],
    ["tier in (silver)", false],
    ["absent in (x)", false],
    ["tier notin (silver)", true],
    ["absent notin (x)", true],
    ["tier notin (gold)", false],
    ["app.kubernetes.io/name=web,tier in (gold,silver),!absent", true],
    ["app.kubernetes.io/name=web,tier in (bronze,silver)", false],
  ])("%j is %s", (selector, matches) => {
    expect(labelMatcher(selector)(labels)).toBe(matches);
  });

  it.each(["a=b=c", "tier in gold", "a b"])("%j is none", (selector) => {
    expect(() => labelMatcher(selector)).toThrow("unable to parse requirement");
  });
});
