import { describe, expect, it } from "vitest";
import { denied } from "#local/local-clusters";
import { reconcile } from "#onboard/reconcile";
import { active, DEV, onboarded, START } from "#test/packages/onboard/world";

const ADDRESS = "thanos.dev-7.obs.example.com:10901";

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

  it("does not even ask EKS for one outside of the scopes of the configuration", async () => {
    const world = active({}, { scopes: [{ account: "111122223333", regions: ["us-east-1"] }] });
    const asked = () => Promise.reject(new Error("asked"));

    const look = await reconcile(DEV, { ...world.ports(), clusters: { ...world.clusters, describe: asked } });

    expect(look).toMatchObject({ outcome: "done", again: null, record: undefined });
    expect(look.because).toBe("account 111122223333, region eu-west-1 is not among the scopes of the configuration");
  });

  it("lets one be whose scope has left the configuration, and takes it from the list once it is gone", async () => {
    const world = await onboarded();
    world.configure({ scopes: [{ account: "111122223333", regions: ["us-east-1"] }], leaf: { size: "lean" } });
    const before = world.writes();

    const left = await world.run(DEV);
    expect(left.record).toMatchObject({ mode: "ignore", phase: "observed", endpoint: { state: "listed" } });
    expect([world.writes(), world.listed()]).toEqual([before, [ADDRESS]]);

    world.clusters.remove(DEV);
    await world.run(DEV);
    await world.publish();
    expect([world.listed(), world.dns.records()]).toEqual([[], []]);
  });

  it("raises no concern about one outside of the scopes that EKS does not show any more", async () => {
    const fault = { on: false };
    const world = active({}, {}, { fault: () => (fault.on ? denied("eks:DescribeCluster", DEV.arn) : undefined) });
    await world.look(DEV);
    world.configure({ scopes: [{ account: "111122223333", regions: ["us-east-1"] }] });
    fault.on = true;

    expect((await world.look(DEV)).record).toMatchObject({ mode: "ignore", phase: "observed" });
  });
});
