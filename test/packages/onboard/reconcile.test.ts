import { describe, expect, it } from "vitest";
import { reconcile } from "#onboard/reconcile";
import { active, createWorld, DEV, onboarded } from "#test/packages/onboard/world";

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

describe("reconcile, for a drill", () => {
  it("records a look that found nothing new, and changes nothing else", async () => {
    const world = createWorld();
    world.clusters.create(DEV);
    const { record } = await world.run(DEV);
    const before = { writes: world.writes(), dns: world.dns.records() };

    world.clock.advance(60_000);
    const look = await reconcile(DEV, { ...world.ports(), recordsAll: true });

    expect(look.record).toEqual({ ...record, updatedAt: world.clock.now().toISOString() });
    expect((await world.ports().registry.get(DEV.arn))?.record).toEqual(look.record);
    expect({ writes: world.writes(), dns: world.dns.records() }).toEqual(before);
  });
});

describe("reconcile, of a registry that was lost", () => {
  it("changes nothing but the registry", async () => {
    const world = await onboarded();
    const before = { writes: world.writes(), dns: world.dns.records(), listed: world.listed() };
    world.wipeRegistry();

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "present", endpoint: { address: ADDRESS, state: "listed" } });
    expect({ writes: world.writes(), dns: world.dns.records(), listed: world.listed() }).toEqual(before);
  });

  it.each(["while EKS deletes the cluster", "and then the cluster"])(
    "takes a cluster from the list whose record was lost %s",
    async (when) => {
      const world = await onboarded();
      await world.publish();
      world.wipeRegistry();
      world.clusters.remove(DEV);
      if (when === "and then the cluster") world.clock.advance(5 * 60_000);

      const gone = await world.run(DEV);
      await world.publish();

      expect(gone.record).toMatchObject({ phase: "removed", endpoint: { state: "removed", confirmedByEks: true } });
      expect([world.listed(), world.dns.records()]).toEqual([[], []]);
    },
  );

  it("remembers by the list that a cluster was registered which it cannot reach any more", async () => {
    const world = await onboarded();
    await world.publish();
    world.wipeRegistry();
    world.clusters.update(DEV, { endpointPublicAccess: false });

    const { record } = await world.look(DEV);

    expect(record).toMatchObject({ reason: "private-endpoint", endpoint: { address: ADDRESS, state: "listed" } });
    expect(record?.conditions).toMatchObject({ Registered: { status: "yes" }, Queryable: { status: "yes" } });
  });
});

describe("reconcile, of a cluster that goes", () => {
  it("takes it from the list while EKS deletes it, and its name once it is gone", async () => {
    const world = await onboarded();
    world.clusters.remove(DEV);

    const deleting = await world.look(DEV);
    await world.publish();
    expect(deleting.record?.endpoint).toMatchObject({ state: "removed", confirmedByEks: true });
    expect(deleting).toMatchObject({ outcome: "waiting", record: { reason: "cluster-deleting" } });
    expect([world.listed(), world.dns.records().length]).toEqual([[], 1]);
    expect(deleting.record?.conditions.Registered).toMatchObject({ status: "no", reason: "cluster-deleting" });

    world.server(DEV).behave({ refuse: "unreachable" });
    const gone = await world.run(DEV);
    expect(gone.record).toMatchObject({ phase: "removed", lookAt: null });
    expect(world.dns.records()).toEqual([]);
  });

  it("offboards a cluster whose deletion nobody noticed", async () => {
    const world = await onboarded();
    world.clusters.remove(DEV);
    world.clock.advance(10 * 60_000);

    const look = await world.run(DEV);
    const version = await world.version(DEV);
    world.clock.advance(60_000);
    await world.look(DEV);

    expect(await world.version(DEV)).toBe(version);
    expect(look.record?.conditions.Queryable).toMatchObject({ status: "unknown", reason: "removed" });
    expect(look.record).toMatchObject({ phase: "removed", endpoint: { state: "removed", confirmedByEks: true } });
    expect(world.dns.records()).toEqual([]);
  });

  it("leaves a name alone that carries another marker", async () => {
    const world = await onboarded();
    world.clusters.remove(DEV);
    world.clock.advance(10 * 60_000);
    world.dns.put({ name: "thanos.dev-7.obs.example.com", target: "elsewhere", owner: null });

    await world.run(DEV);

    expect(world.dns.records()).toHaveLength(1);
  });

  it("makes no record of a cluster that never was", async () => {
    const world = createWorld();

    const look = await world.look(DEV);

    expect(look).toMatchObject({ outcome: "done", again: null, record: undefined });
    expect(await world.record(DEV)).toBeUndefined();
  });

  it("takes a cluster with a used ARN for another one", async () => {
    const world = await onboarded();
    world.clusters.remove(DEV);
    world.clock.advance(10 * 60_000);
    world.clusters.create(DEV, { tags: { stage: "dev" } });

    const look = await world.look(DEV);

    expect(look.record?.endpoint).toMatchObject({ state: "removed", confirmedByEks: true });
    expect(look.record?.conditions.Queryable).toMatchObject({ status: "unknown" });
    expect(look.record?.history.map(({ reason }) => reason)).toContain("arn-reused");
    expect((await world.run(DEV)).record).toMatchObject({ phase: "present", endpoint: { state: "listed" } });
  });
});

describe("reconcile, of a crash", () => {
  it.each([1, 2, 3, 4, 5])("loses nothing when look %i is not recorded", async (crashAt) => {
    const world = active();
    const ports = world.ports();
    for (let n = 1; n < crashAt; n++) {
      await reconcile(DEV, ports);
      world.clock.advance(30_000);
    }
    const put = () => Promise.reject(new Error("the process died"));
    await expect(reconcile(DEV, { ...ports, registry: { ...ports.registry, put } })).rejects.toThrow("died");

    world.clock.advance(16 * 60_000);
    expect((await world.run(DEV, 40)).record).toMatchObject({ phase: "present" });
    expect(world.dns.records()).toHaveLength(1);
    expect(world.listed()).toEqual([ADDRESS]);
    expect(await world.helmOf(DEV).revisions("musterbook", "monitoring")).toHaveLength(1);
  });

  it("does not register a name of whose change it lost track before that is in sync", async () => {
    const world = active();
    for (let n = 0; n < 3; n++) {
      await reconcile(DEV, world.ports());
      world.clock.advance(30_000);
    }
    const ports = world.ports();
    const put = () => Promise.reject(new Error("the process died"));
    await expect(reconcile(DEV, { ...ports, registry: { ...ports.registry, put } })).rejects.toThrow("died");
    expect(world.dns.records()).toHaveLength(1);

    const again = await reconcile(DEV, ports);
    const waiting = await reconcile(DEV, ports);

    expect([again.record?.step, waiting.record?.reason]).toEqual(["dns", "dns-pending"]);
  });

  it("hands a look back that somebody else has recorded meanwhile", async () => {
    const world = active();
    const ports = world.ports();
    const registry = { ...ports.registry, get: async () => undefined };
    await reconcile(DEV, ports);

    await expect(reconcile(DEV, { ...ports, registry })).rejects.toMatchObject({ reason: "version-conflict" });
  });
});
