import { describe, expect, it } from "vitest";
import { createWorld, DEV } from "#test/packages/onboard/world";

const ADDRESS = "thanos.dev-7.obs.example.com:10901";

describe("reconcile, of a new cluster in mode manage", () => {
  it("brings it from CreateCluster to a proven registration, a step at a time", async () => {
    const world = createWorld();
    world.clusters.create(DEV, { tags: { stage: "dev" } });

    const look = await world.run(DEV);

    expect(look).toMatchObject({ outcome: "done", again: null });
    expect(look.record).toMatchObject({
      mode: "manage",
      phase: "present",
      endpoint: { address: ADDRESS, state: "listed" },
    });
    expect(look.record?.conditions).toMatchObject({
      Installed: { status: "yes" },
      Registered: { status: "yes" },
      Queryable: { status: "yes" },
      Uploading: { status: "due", reason: "first-block-due" },
      Beating: { status: "unknown", reason: "not-watched-yet" },
    });
    const done = look.record?.history.filter(({ outcome }) => outcome === "done").map(({ step }) => step);
    expect(done).toEqual(["access", "crds", "release", "dns", "register", "none"]);
    expect(world.listed()).toEqual([ADDRESS]);
  });

  it("changes nothing when it looks again", async () => {
    const world = createWorld();
    world.clusters.create(DEV);
    await world.run(DEV);
    const before = { writes: world.writes(), version: await world.version(DEV), dns: world.dns.records() };

    world.clock.advance(60_000);
    await world.look(DEV);

    expect({ writes: world.writes(), version: await world.version(DEV), dns: world.dns.records() }).toEqual(before);
  });
});
