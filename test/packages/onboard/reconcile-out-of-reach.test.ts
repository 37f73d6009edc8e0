import { describe, expect, it } from "vitest";
import { RetryableError, TerminalError } from "#fleet/errors";
import { denied, throttled } from "#local/local-clusters";
import type { KubeApi } from "#onboard/ports";
import { reconcile } from "#onboard/reconcile";
import { active, DEV, onboarded } from "#test/packages/onboard/world";

describe("reconcile, of a cluster out of reach", () => {
  const OWN_VPC = { endpointPublicAccess: false, vpcId: "vpc-0abc" };

  it("tells that the endpoint is private, and what to do", async () => {
    const look = await active(OWN_VPC).run(DEV);

    expect(look.record).toMatchObject({ phase: "failed", step: "reach", reason: "private-endpoint" });
    expect(look.record?.remedy).toContain("add vpc-0abc to reach.vpc");
  });

  describe("whose VPC has a reconciler", () => {
    const place = { account: DEV.account, region: DEV.region, subnets: ["subnet-1"], securityGroups: ["sg-1"] };
    const VPC = { ...place, id: "vpc-0abc" };
    const reach = { vpc: [VPC] };

    it("reaches the endpoint from within", async () => {
      const world = active(OWN_VPC, { reach });
      world.enter(VPC.id);

      expect((await world.run(DEV)).record).toMatchObject({ phase: "present", vpc: VPC.id });
    });

    it.each(["observe", "register", "manage"] as const)(
      "hands it over from without in mode %s, at once, and does nothing to it",
      async (mode) => {
        const world = active(OWN_VPC, { reach, modes: [{ select: {}, mode }] });
        const look = await world.run(DEV);

        expect(look.record).toMatchObject({ phase: "waiting", reason: "handed-over", vpc: VPC.id });
        expect(look.record?.lookAt).toBe(world.clock.now().toISOString());
        expect(look.record?.message).toContain("vpc-0abc");
        expect(world.writes()).toBe(0);
      },
    );

    it("leaves one that is ignored where it is", async () => {
      const look = await active({ ...OWN_VPC, tags: { "musterbook:ignore": "true" } }, { reach }).run(DEV);

      expect(look.record).toMatchObject({ phase: "observed", lookAt: null });
    });

    it("hands it back once its private endpoint is closed, or its VPC has no reconciler any more", async () => {
      const world = active({ endpointPrivateAccess: false }, { reach });
      world.enter(VPC.id);
      const { record } = await world.run(DEV);

      expect(record).toMatchObject({ reason: "handed-over", message: expect.stringContaining("outside of VPCs") });
      expect(record).not.toHaveProperty("vpc");
    });

    it("takes no VPC of the same id elsewhere for its own", async () => {
      const other = { ...VPC, region: "us-east-1" };
      const look = await active(OWN_VPC, { reach: { vpc: [other] } }).run(DEV);

      expect(look.record).toMatchObject({ phase: "failed", reason: "private-endpoint" });
    });

    it("remembers whose it is while EKS tells nothing", async () => {
      let failing = false;
      const fault = () => (failing ? throttled() : undefined);
      const world = active(OWN_VPC, { reach }, { fault });
      world.enter(VPC.id);
      await world.run(DEV);
      failing = true;

      expect((await world.look(DEV)).record).toMatchObject({ reason: "cluster-unobservable", vpc: VPC.id });
    });
  });

  it("names the CIDRs of an endpoint that does not answer us", async () => {
    const world = active({ publicAccessCidrs: ["192.0.2.0/24"] });
    world.server(DEV).behave({ refuse: "unreachable" });

    expect((await world.run(DEV)).record).toMatchObject({ phase: "failed", reason: "endpoint-restricted" });
  });

  it("waits longer and longer for one that does not answer, and keeps what it knew", async () => {
    const world = await onboarded();
    const { conditions } = (await world.record(DEV)) ?? {};
    world.server(DEV).behave({ refuse: "unreachable" });
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const { again } = await world.look(DEV);
      if (!(again instanceof Date)) throw new Error("expected a time");
      waits.push((again.getTime() - world.clock.now().getTime()) / 1000);
      world.clock.set(again);
    }

    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960, 1800, 1800]);
    const record = await world.record(DEV);
    expect(record).toMatchObject({ phase: "waiting", reason: "unreachable", endpoint: { state: "listed" } });
    expect(record?.conditions.Installed).toEqual(conditions?.Installed);
    expect(record?.conditions.Queryable).toEqual(conditions?.Queryable);
  });

  it("waits for an access entry to be honoured, for a minute", async () => {
    const world = active();
    world.server(DEV).behave({ refuse: "unauthorized" });
    await world.look(DEV);
    world.clock.advance(30_000);

    expect((await world.look(DEV)).record).toMatchObject({ phase: "waiting", reason: "access-propagating" });
    world.clock.advance(31_000);
    expect((await world.look(DEV)).record).toMatchObject({ phase: "failed", reason: "unauthorized" });
  });

  it("never switches the authentication mode", async () => {
    const look = await active({ authenticationMode: "CONFIG_MAP" }).run(DEV);

    expect(look.record).toMatchObject({ phase: "failed", step: "access", reason: "config-map-only" });
    expect(look.record?.remedy).toContain("API_AND_CONFIG_MAP");
  });
});

describe("reconcile, of a cluster that EKS does not tell about", () => {
  it.each([
    ["throttling", throttled(), { phase: "waiting", reason: "cluster-unobservable" }],
    ["a missing right", denied("eks:DescribeCluster", DEV.arn), { phase: "failed", reason: "forbidden" }],
  ])("keeps what it knew through %s", async (_, error, expected) => {
    let failing = false;
    const world = await onboarded(
      {},
      { fault: (call, { region }) => (failing && call === "describe" && region === DEV.region ? error : undefined) },
    );
    const known = await world.record(DEV);
    failing = true;

    const { record } = await world.look(DEV);

    expect(record).toMatchObject({
      ...expected,
      mode: "manage",
      endpoint: known?.endpoint,
      conditions: known?.conditions,
    });
  });

  it("records why it was blind when the zone does not answer", async () => {
    const world = await onboarded();
    const find = () => Promise.reject(new RetryableError("Rate exceeded", { reason: "throttled", remedy: "wait" }));
    const ports = world.ports();

    const { record } = await reconcile(DEV, { ...ports, dns: { ...ports.dns, find } });

    expect(record).toMatchObject({
      phase: "waiting",
      step: "observe",
      reason: "throttled",
      endpoint: { state: "listed" },
    });
  });

  it("waits while EKS does not tell its access entries", async () => {
    const world = active({}, {}, { fault: (call) => (call === "accessPolicies" ? throttled() : undefined) });

    expect((await world.look(DEV)).record).toMatchObject({
      phase: "waiting",
      step: "access",
      reason: "access-unreadable",
    });
  });

  it("keeps the last word on uploads while the blocks cannot be read", async () => {
    const world = await onboarded();
    const known = await world.record(DEV);
    const newestMaxTime = () =>
      Promise.reject(new RetryableError("slow down", { reason: "throttled", remedy: "wait" }));

    const { record } = await reconcile(DEV, { ...world.ports(), uploads: { newestMaxTime } });

    expect(record).toMatchObject({ phase: "present", conditions: { Uploading: known?.conditions.Uploading } });
  });

  it("is not present while its uploads are late", async () => {
    const world = await onboarded();
    world.clock.advance(6 * 3_600_000);

    expect((await world.run(DEV)).record).toMatchObject({
      phase: "waiting",
      conditions: { Uploading: { status: "no" } },
    });

    world.newest.set("dev-7", world.clock.now().getTime());
    expect((await world.run(DEV)).record).toMatchObject({
      phase: "present",
      conditions: { Uploading: { status: "yes" } },
    });
  });
});

describe("reconcile, of a cluster in which our role may not look", () => {
  it.each([
    ["manage", "CustomResourceDefinition", "crds"],
    ["manage", "Deployment", "release"],
    ["register", "Service", "ready"],
  ])("says so, in mode %s without the right to read a %s", async (mode, kind, step) => {
    const world = active({ tags: { "musterbook:mode": mode } });
    await world.look(DEV);
    world.clock.advance(60_000);
    await world.look(DEV);
    const kube = world.kubeOf(DEV);
    const guard = <T>(of: { kind: string }, call: () => Promise<T>) =>
      of.kind === kind ? Promise.reject(new TerminalError("no", { reason: "forbidden", remedy: "allow it" })) : call();
    const guarded: KubeApi = {
      ...kube,
      get: (ref) => guard(ref, () => kube.get(ref)),
      list: (of) => guard(of, () => kube.list(of)),
    };
    const connector = {
      connect: async () => ({ kube: guarded, helm: { ...world.helmOf(DEV), revisions: async () => [] } }),
    };

    const { record } = await reconcile(DEV, { ...world.ports(), connector });

    expect(record).toMatchObject({ phase: "failed", step, reason: "forbidden", remedy: "allow it" });
  });
});
