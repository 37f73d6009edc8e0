import { describe, expect, it } from "vitest";
import { RetryableError } from "#fleet/errors";
import { denied, throttled } from "#local/local-clusters";
import { reconcile } from "#onboard/reconcile";
import { createWorld, DEV, START } from "#test/packages/onboard/world";

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

/** A cluster on which all is done. */
async function onboarded(...given: Parameters<typeof createWorld>) {
  const world = createWorld(...given);
  world.clusters.create(DEV, { tags: { stage: "dev" } });
  await world.run(DEV);
  return world;
}

/** A cluster that is active and has never been looked at. */
function active(
  given: Parameters<ReturnType<typeof createWorld>["clusters"]["create"]>[1] = {},
  ...of: Parameters<typeof createWorld>
) {
  const world = createWorld(...of);
  world.clusters.create(DEV, given);
  world.clock.advance(5 * 60_000);
  return world;
}

const OPERATOR = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    namespace: "observability",
    name: "kps-operator",
    labels: {
      "app.kubernetes.io/name": "kube-prometheus-stack-prometheus-operator",
      "argocd.argoproj.io/instance": "monitoring-dev-7",
    },
    annotations: { "meta.helm.sh/release-name": "kps", "meta.helm.sh/release-namespace": "observability" },
  },
  spec: { selector: { matchLabels: { app: "kps" } }, template: { metadata: { labels: { app: "kps" } } } },
} as const;

describe("reconcile, of a registry that was lost", () => {
  it("changes nothing but the registry", async () => {
    const world = await onboarded();
    const before = { writes: world.writes(), dns: world.dns.records(), listed: world.listed() };
    world.wipeRegistry();

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "present", endpoint: { address: ADDRESS, state: "listed" } });
    expect({ writes: world.writes(), dns: world.dns.records(), listed: world.listed() }).toEqual(before);
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

describe("reconcile, of monitoring that somebody else installed", () => {
  it("touches nothing in mode manage and names the owner", async () => {
    const world = active();
    world.server(DEV).put(OPERATOR);
    await world.clusters.grantAccess(DEV, "arn:aws:iam::111122223333:role/musterbook", ADMIN);

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "failed", step: "release", reason: "foreign-release" });
    expect(look.record?.message).toContain("Argo CD application monitoring-dev-7");
    expect(look.record?.conditions.Installed).toMatchObject({ status: "theirs" });
    expect(world.writes()).toBe(0);
  });

  it("registers and proves its endpoint in mode register, without a write to the cluster", async () => {
    const world = active({ tags: { "musterbook:mode": "register" } }, { leaf: { endpointService: "thanos-grpc" } });
    world.server(DEV).put(OPERATOR);
    for (const crd of await world.helmOf(DEV).crds(CHART)) await world.kubeOf(DEV).apply(crd);
    await world.kubeOf(DEV).apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
    await world.kubeOf(DEV).apply(THEIR_SERVICE);
    await world.kubeOf(DEV).apply(THEIR_PROMETHEUS);
    const before = world.writes();

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ mode: "register", phase: "present" });
    expect(look.record?.conditions).toMatchObject({
      Installed: { status: "theirs" },
      Registered: { status: "yes" },
      Queryable: { status: "yes" },
    });
    expect(world.writes()).toBe(before);
  });

  it("does not take over a release with our name that lacks our label", async () => {
    const world = active();
    const values = { prometheus: { enabled: false } };
    const deadline = new Date(Date.parse(START) + 3_600_000);
    await world
      .helmOf(DEV)
      .upgrade({ release: "musterbook", namespace: "monitoring", chart: CHART, values, labels: {}, deadline });

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "failed", reason: "foreign-release" });
    expect(look.record?.message).toContain("does not carry our label");
  });
});

const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const CHART = { name: "kube-prometheus-stack", version: "1.0.0", digest: "d1", path: "/chart", standIn: true };
const THEIR_SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "monitoring", name: "thanos-grpc" },
  spec: { type: "LoadBalancer", ports: [{ name: "grpc", port: 10901 }] },
};
const THEIR_PROMETHEUS = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "Prometheus",
  metadata: { namespace: "monitoring", name: "kps" },
  spec: { replicas: 2, externalLabels: { cluster: "dev-7", team: "platform" } },
};

describe("reconcile, of a cluster that is to be left as it is", () => {
  it("only observes one that was there before", async () => {
    const world = active({}, { newClusters: { mode: "manage", since: "2026-11-21T12:00:00.000Z" } });

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ mode: "observe", phase: "observed", lookAt: null });
    expect([world.writes(), world.dns.records(), world.listed()]).toEqual([0, [], []]);
    expect(await world.clusters.accessPolicies(DEV, "arn:aws:iam::111122223333:role/musterbook")).toBeUndefined();
  });

  it("says of one that is only observed that it cannot be reached", async () => {
    const world = active({ tags: { "musterbook:mode": "observe" }, endpointPublicAccess: false });

    expect((await world.run(DEV)).record).toMatchObject({ phase: "observed", reason: "private-endpoint" });
  });

  it("records of an ignored one nothing else", async () => {
    const world = active({ tags: { "musterbook:ignore": "yes" } });

    expect((await world.run(DEV)).record).toMatchObject({ mode: "ignore", phase: "observed", lookAt: null });
    expect(world.writes()).toBe(0);
  });

  it("leaves the endpoint of one that is ignored from now on where it is", async () => {
    const world = await onboarded();
    world.clusters.update(DEV, { tags: { "musterbook:ignore": "true" } });

    const look = await world.run(DEV);
    await world.publish();

    expect(look.record).toMatchObject({ mode: "ignore", endpoint: { state: "listed" } });
    expect(world.listed()).toEqual([ADDRESS]);
  });

  it("writes nothing while it is paused, and says what it would do", async () => {
    const world = active({}, { paused: true });

    const look = await world.run(DEV);

    expect(look.record).toMatchObject({ phase: "waiting", reason: "paused", lookAt: null });
    expect(look.record?.message).toContain("would do access");
    expect([world.writes(), world.dns.records()]).toEqual([0, []]);
  });
});

describe("reconcile, of a cluster out of reach", () => {
  const OWN_VPC = { endpointPublicAccess: false, vpcId: "vpc-0abc" };

  it("tells that the endpoint is private, and what to do", async () => {
    const look = await active(OWN_VPC).run(DEV);

    expect(look.record).toMatchObject({ phase: "failed", step: "reach", reason: "private-endpoint" });
    expect(look.record?.remedy).toContain("add vpc-0abc to reach.vpc");
  });

  it("reaches a private endpoint whose VPC has a reconciler", async () => {
    const look = await active(OWN_VPC, { reach: { vpc: ["vpc-0abc"] } }).run(DEV);

    expect(look.record).toMatchObject({ phase: "present" });
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
    ["a missing right", denied("eks:DescribeCluster", DEV.arn), { phase: "failed", reason: "access-denied" }],
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
});

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

    world.clusters.update(DEV, { tags: { stage: "prod", "musterbook:relabel": "stage=prod" } });
    expect((await world.run(DEV)).record).toMatchObject({ phase: "present" });
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
    const { ConflictError } = await import("#fleet/errors");
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

  it("hands a look back that somebody else has recorded meanwhile", async () => {
    const world = active();
    const ports = world.ports();
    const registry = { ...ports.registry, get: async () => undefined };
    await reconcile(DEV, ports);

    await expect(reconcile(DEV, { ...ports, registry })).rejects.toMatchObject({ reason: "version-conflict" });
  });
});
