import { describe, expect, it } from "vitest";
import { offboard } from "#onboard/steps/offboard";
import { stepInput } from "#test/packages/onboard/steps/input";
import { active, onboarded } from "#test/packages/onboard/world";

const NAME = "thanos.dev-7.obs.example.com";
const GONE = { cluster: { status: "absent" } } as const;

describe("the step offboard", () => {
  it("leaves the name to a cluster that is still being deleted", async () => {
    const world = await onboarded();
    const result = await offboard(await stepInput(world));
    expect(result.endpoint).toMatchObject({ state: "removed", confirmedByEks: true });
    expect(world.dns.records()).toHaveLength(1);
  });

  it("can be repeated once the cluster is gone", async () => {
    const world = await onboarded();
    const first = await offboard(await stepInput(world, GONE));
    const second = await offboard({ ...(await stepInput(world, GONE)), endpoint: first.endpoint ?? null });
    expect(second.endpoint).toEqual(first.endpoint);
    expect(world.dns.records()).toEqual([]);
  });

  it("removes a name that was written and never registered", async () => {
    const world = active();
    world.dns.put({ name: NAME, target: "lb", owner: (await stepInput(world)).ref.arn });
    const result = await offboard(await stepInput(world, GONE));
    expect(result).toEqual({ message: expect.stringContaining("is removed"), dnsChange: null });
    expect(world.dns.records()).toEqual([]);
  });

  it("leaves a name alone that is not ours", async () => {
    const world = active();
    world.dns.put({ name: NAME, target: "lb", owner: null });
    await offboard(await stepInput(world, GONE));
    expect(world.dns.records()).toHaveLength(1);
  });
});
