import { describe, expect, it } from "vitest";
import { ConflictError } from "#fleet/errors";
import { reconcile } from "#onboard/reconcile";
import { active, DEV, onboarded } from "#test/packages/onboard/world";

describe("reconcile, of a release that goes wrong", () => {
  it("waits for a killed install to be over, then forgets it and installs again", async () => {
    const world = active();
    world.faults.push("killed");
    await world.run(DEV, 2);
    world.clock.advance(60_000);

    const waiting = await world.look(DEV);
    expect(waiting.record).toMatchObject({ phase: "waiting", reason: "release-pending" });

    const look = await world.run(DEV, 40);
    expect(look.record).toMatchObject({ phase: "present" });
    expect(look.record?.history.map(({ message }) => message).join("\n")).toContain("forgot revision 1");
  });

  it("rolls a killed upgrade back and upgrades again", async () => {
    const world = await onboarded();
    world.configure({ leaf: { size: "lean" } });
    world.faults.push("killed");
    await world.look(DEV);
    world.clock.advance(16 * 60_000);

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "present" });
    const told = look.record?.history.map(({ message }) => message).join("\n");
    expect(told).toContain("rolled back from pending revision 2 to 1");
  });

  it("needs a person when helm fails, and tries again after a while", async () => {
    const world = active();
    world.faults.push("hook-fails");

    const failed = await world.run(DEV);
    expect(failed).toMatchObject({ outcome: "failed", record: { step: "release", reason: "helm-failed" } });

    world.clock.advance(15_000);
    expect((await world.run(DEV)).record).toMatchObject({ phase: "present" });
  });

  it("upgrades when the wanted values change", async () => {
    const world = await onboarded();
    world.configure({ leaf: { size: "lean" } });

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "present" });
    expect((await world.helmOf(DEV).revisions("musterbook", "monitoring"))[0]?.revision).toBe(2);
  });

  it("changes external labels only when somebody acknowledges it", async () => {
    const world = await onboarded();
    world.clusters.update(DEV, { tags: { stage: "prod" } });

    const held = await world.run(DEV);
    expect(held.record).toMatchObject({ phase: "failed", reason: "labels-would-change" });
    expect(held.record?.remedy).toContain("musterbook:relabel = stage=prod");
    expect(held.record?.conditions.Queryable.status).toBe("yes");

    world.clusters.update(DEV, { tags: { stage: "prod", "musterbook:relabel": "stage=prod" } });
    expect((await world.run(DEV)).record).toMatchObject({ phase: "present" });
  });

  it("waits for somebody's word before an override adds an external label to a running cluster", async () => {
    const world = await onboarded();
    world.configure({ leaf: { values: [{ select: {}, values: labelled({ team: "shop" }) }] } });

    const held = await world.run(DEV);

    expect(held.record).toMatchObject({ phase: "failed", reason: "labels-would-change" });
    expect(held.record?.remedy).toContain("musterbook:relabel = team=shop");
  });

  it("upgrades a cluster whose external labels an override has added to from the beginning", async () => {
    const labels = labelled({ team: "shop", tier: "{{ .Release.Namespace }}" });
    const world = await onboarded({ leaf: { values: [{ select: {}, values: labels }] } });
    expect(await world.record(DEV)).toMatchObject({ phase: "present" });
    world.configure({ leaf: { size: "lean", values: [{ select: {}, values: labels }] } });

    const { record } = await world.run(DEV);

    expect(record).toMatchObject({ phase: "present" });
    expect(record?.history.at(-2)).toMatchObject({ step: "release", outcome: "done" });
  });

  it("does not do the same step again and again without a pause", async () => {
    const world = await onboarded();
    const ports = world.ports();
    let upserts = 0;
    const dns = {
      ...ports.dns,
      upsert: async () => {
        upserts += 1;
        return "change-unknown";
      },
      changeStatus: async () => "unknown" as const,
    };
    world.dns.put({ name: "thanos.dev-7.obs.example.com", target: "elsewhere", owner: DEV.arn });

    for (let n = 0; n < 4; n++) await reconcile(DEV, { ...ports, dns });

    expect(upserts).toBe(4);
    const { again } = await reconcile(DEV, { ...ports, dns });
    expect(again).toEqual(new Date(world.clock.now().getTime() + 120_000));
  });

  it("names who manages a definition that it may not change", async () => {
    const world = active();
    const ports = world.ports();
    await world.look(DEV);
    const kube = world.kubeOf(DEV);
    const apply = () =>
      Promise.reject(new ConflictError('conflict with "argocd"', { reason: "field-conflict", remedy: "" }));
    const connector = { connect: async () => ({ kube: { ...kube, apply }, helm: world.helmOf(DEV) }) };

    const { record } = await reconcile(DEV, { ...ports, connector });

    expect(record).toMatchObject({ phase: "failed", step: "crds", reason: "crds-conflict" });
    expect(record?.message).toContain("argocd");
  });
});

describe("reconcile, of a registration that goes wrong", () => {
  it("refuses a name that belongs to somebody else", async () => {
    const world = active();
    world.dns.put({ name: "thanos.dev-7.obs.example.com", target: "elsewhere", owner: null });

    expect((await world.run(DEV)).record).toMatchObject({ phase: "failed", step: "dns", reason: "foreign-record" });
    expect(world.listed()).toEqual([]);
  });

  it("follows a load balancer that was replaced", async () => {
    const world = await onboarded();
    const [record] = world.dns.records();
    world.dns.put({ name: record?.name ?? "", target: "gone.elb.amazonaws.com", owner: DEV.arn });

    await world.run(DEV);

    expect(world.dns.records()).toEqual([record]);
  });

  it("says exactly what it waits for", async () => {
    const world = active();
    world.server(DEV).behave({ loadBalancers: "never" });

    const look = await world.run(DEV, 6);

    expect(look.record).toMatchObject({ phase: "waiting", step: "ready", reason: "not-ready" });
    expect(look.record?.message).toMatch(
      /^Service monitoring\/musterbook-leaf-query has no load balancer yet \(since .*\)$/,
    );
  });

  it("does not list an endpoint before its name is in sync", async () => {
    const world = active();
    const seen: (string | undefined)[] = [];
    for (let n = 0; n < 8; n++) {
      const look = await world.look(DEV);
      if (look.record?.endpoint === null) seen.push(look.record.reason);
      world.clock.advance(10_000);
    }

    expect(seen.at(-1)).toBe("dns-pending");
  });
});

function labelled(externalLabels: Readonly<Record<string, string>>) {
  return { prometheus: { prometheusSpec: { externalLabels } } };
}
