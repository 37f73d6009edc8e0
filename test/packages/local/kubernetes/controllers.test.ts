import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import type { KubeObject } from "#onboard/ports";

function scene(settleMs = 0) {
  const clock = fixedClock("2026-11-21T10:00:00Z");
  const cluster = createEmbeddedCluster({ name: "controllers", region: "eu-north-1", clock });
  cluster.behave({ settleMs });
  const kube = directKube(cluster);
  const statusOf = async (object: KubeObject) => {
    const { name } = object.metadata;
    return (await kube.get({ ...object, name }))?.status;
  };
  return { clock, cluster, kube, statusOf };
}

function object(apiVersion: string, kind: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { name: "a" }, spec };
}

const DEPLOYMENT = object("apps/v1", "Deployment", { replicas: 2 });
const STATEFUL_SET = object("apps/v1", "StatefulSet", { replicas: 2 });
const DAEMON_SET = object("apps/v1", "DaemonSet", {});
const JOB = object("batch/v1", "Job", {});
const BALANCER = object("v1", "Service", { type: "LoadBalancer" });
const PROMETHEUS = object("monitoring.coreos.com/v1", "Prometheus", { replicas: 2 });
const DEFINITION: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "prometheuses.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: { plural: "prometheuses", kind: "Prometheus" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} } }],
  },
};

function condition(type: string, status: string) {
  return { conditions: expect.arrayContaining([expect.objectContaining({ type, status })]) };
}

describe("the controllers of an embedded cluster", () => {
  it.each([
    {
      of: DEPLOYMENT,
      ready: { readyReplicas: 2, ...condition("Available", "True") },
      never: condition("Available", "False"),
    },
    { of: STATEFUL_SET, ready: { readyReplicas: 2 }, never: { readyReplicas: 0 } },
    { of: DAEMON_SET, ready: { numberReady: 1 }, never: { numberReady: 0 } },
    { of: PROMETHEUS, ready: condition("Available", "True"), never: condition("Available", "False") },
  ])("make a $of.kind ready, or never", async ({ of, ready, never }) => {
    const { cluster, kube, statusOf } = scene();
    await kube.apply(DEFINITION);
    cluster.behave({ workloads: "never" });
    await kube.apply(of);
    expect(await statusOf(of)).toMatchObject(never);
    cluster.behave({ workloads: "ready" });
    expect(await statusOf(of)).toMatchObject(ready);
    cluster.behave({ workloads: "never" });
    expect(await statusOf(of)).toMatchObject(never);
  });

  it("act after their time, by the cluster's clock", async () => {
    const { clock, kube, statusOf } = scene(30_000);
    await kube.apply(DEPLOYMENT);
    clock.advance(29_000);
    expect(await statusOf(DEPLOYMENT)).toBeUndefined();
    clock.advance(1000);
    expect(await statusOf(DEPLOYMENT)).toMatchObject({ readyReplicas: 2 });
  });

  it("complete a Job for good, unless it hangs", async () => {
    const { cluster, kube, statusOf } = scene();
    cluster.behave({ jobs: "hang" });
    await kube.apply(JOB);
    expect(await statusOf(JOB)).toMatchObject({ active: 1 });
    cluster.behave({ jobs: "complete" });
    const complete = { succeeded: 1, ...condition("Complete", "True") };
    expect(await statusOf(JOB)).toMatchObject(complete);
    expect(await statusOf(JOB)).toMatchObject(condition("SuccessCriteriaMet", "True"));
    cluster.behave({ jobs: "hang" });
    expect(await statusOf(JOB)).toMatchObject(complete);
  });

  it("give a load balancer a name that stays", async () => {
    const { cluster, kube, statusOf } = scene();
    cluster.behave({ loadBalancers: "never" });
    await kube.apply(BALANCER);
    expect(await statusOf(BALANCER)).toEqual({ loadBalancer: {} });
    cluster.behave({ loadBalancers: "assign" });
    const named = await statusOf(BALANCER);
    expect(JSON.stringify(named)).toMatch(/"k8s-default-a-[0-9a-f]{10}-[0-9a-f]{16}\.elb\.eu-north-1\.amazonaws\.com"/);
    cluster.behave({ loadBalancers: "never" });
    expect(await statusOf(BALANCER)).toEqual(named);
  });

  it("write once, and not at every look", async () => {
    const { clock, cluster, kube, statusOf } = scene();
    await kube.apply(DEPLOYMENT);
    await statusOf(DEPLOYMENT);
    const revision = cluster.store.revision();
    clock.advance(3_600_000);
    await statusOf(DEPLOYMENT);
    cluster.behave({});
    await statusOf(DEPLOYMENT);
    expect(cluster.store.revision()).toBe(revision);
  });

  it("are not heard as writes of the API", async () => {
    const { cluster, kube, statusOf } = scene();
    const heard: string[] = [];
    const stop = cluster.onWrite(({ type, resource }) => heard.push(`${type} ${resource}`));
    await kube.apply(DEPLOYMENT);
    await statusOf(DEPLOYMENT);
    await kube.apply(object("apps/v1", "Deployment", { replicas: 3 }));
    stop();
    await kube.delete({ ...DEPLOYMENT, name: "a" });
    expect(heard).toEqual(["ADDED apps/deployments", "MODIFIED apps/deployments"]);
  });
});
