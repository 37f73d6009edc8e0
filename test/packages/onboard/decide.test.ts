import { describe, expect, it } from "vitest";
import { decide } from "#onboard/decide";
import { active, DEV, onboarded } from "#test/packages/onboard/world";

describe("decide", () => {
  it("says what would be done and why, and does nothing", async () => {
    const world = active();

    const { next, seen } = await decide(DEV, world.ports(), null, world.clock.now());

    expect(next).toEqual({ do: "access", because: "Musterbook's role has no access entry" });
    expect(seen.selection?.mode).toBe("manage");
    expect([world.writes(), await world.record(DEV)]).toEqual([0, undefined]);
  });

  it("has nothing to say of a cluster on which all is done", async () => {
    const world = await onboarded();

    const { next } = await decide(DEV, world.ports(), (await world.record(DEV)) ?? null, world.clock.now());

    expect(next).toMatchObject({ nothing: true });
  });

  it("throws what it could not see", async () => {
    const world = active({}, { leaf: { release: "x".repeat(40) } });

    const decision = decide(DEV, world.ports(), null, world.clock.now());

    await expect(decision).rejects.toMatchObject({ reason: "name-too-long", field: "leaf.release" });
  });

  it("names an external label of an override that is no text", async () => {
    const values = { prometheus: { prometheusSpec: { externalLabels: { tier: 1 } } } };
    const world = active({}, { leaf: { values: [{ select: {}, values }] } });

    const decision = decide(DEV, world.ports(), null, world.clock.now());

    await expect(decision).rejects.toMatchObject({
      reason: "value-ours",
      field: "prometheus.prometheusSpec.externalLabels.tier",
    });
  });
});
