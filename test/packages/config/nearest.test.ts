import { describe, expect, it } from "vitest";
import { nearestName } from "#config/nearest";

const NAMES = ["scopes", "zone", "observer", "slackWebhookSecret"];

describe("nearestName", () => {
  it.each([
    ["scope", "scopes"],
    ["zoen", "zone"],
    ["OBSERVER", "observer"],
    ["webhook", "slackWebhookSecret"],
  ])("takes %s for %s", (typed, name) => {
    expect(nearestName(typed, NAMES)).toBe(name);
  });

  it.each(["", "x", "somethingElse", "s".repeat(1_000)])("takes %j for nothing", (typed) => {
    expect(nearestName(typed, NAMES)).toBeUndefined();
  });

  it("has nothing to offer without names", () => {
    expect(nearestName("zone", [])).toBeUndefined();
  });
});
