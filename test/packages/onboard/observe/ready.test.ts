import { describe, expect, it } from "vitest";
import { observeReady } from "#onboard/observe/ready";
import type { KubeObject } from "#onboard/ports";
import { createWorld, DEV } from "#test/packages/onboard/world";

const SINCE = "2026-11-21T09:00:00Z";
const SERVICE = { apiVersion: "v1", kind: "Service", namespace: "monitoring", name: "query" };
const QUERIER = { apiVersion: "apps/v1", kind: "Deployment", namespace: "monitoring", name: "query" };

function object(kind: string, status: unknown): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "query", creationTimestamp: SINCE }, status };
}

const balanced = (...ingress: readonly object[]) => object("Service", { loadBalancer: { ingress } });
const available = (condition: object) => object("Deployment", { conditions: [{ type: "Available", ...condition }] });
const RUNS = available({ status: "True" });

/** What is seen of a Service and the workload behind it. */
async function seen(service: KubeObject | undefined, workload: KubeObject | undefined) {
  const get = async ({ kind }: { readonly kind: string }) => (kind === "Service" ? service : workload);
  return await observeReady({ ...createWorld().kubeOf(DEV), get }, SERVICE, [QUERIER]);
}

describe("observeReady", () => {
  it.each([
    [{ hostname: "lb.example.com" }, "lb.example.com"],
    [{ hostname: "lb.example.com", ip: "192.0.2.1" }, "lb.example.com"],
    [{ ip: "192.0.2.1" }, "192.0.2.1"],
  ])("is ready with %j", async (ingress, loadBalancer) => {
    expect(await seen(balanced(ingress), RUNS)).toEqual({ status: "ready", loadBalancer });
  });

  it.each([
    ["no Service", undefined, RUNS, "Service monitoring/query does not exist", null],
    ["no load balancer", balanced(), RUNS, "Service monitoring/query has no load balancer yet", SINCE],
    [
      "a Service without a status",
      object("Service", undefined),
      RUNS,
      "Service monitoring/query has no load balancer yet",
      SINCE,
    ],
    ["a load balancer without a name", balanced({}), RUNS, "Service monitoring/query has no load balancer yet", SINCE],
    ["no workload", balanced({ ip: "x" }), undefined, "Deployment monitoring/query does not exist", null],
    [
      "a workload without conditions",
      balanced({ ip: "x" }),
      object("Deployment", {}),
      "Deployment monitoring/query is not available",
      SINCE,
    ],
    [
      "a workload that is starting",
      balanced({ ip: "x" }),
      available({ status: "False", message: "0 of 2 pods", lastTransitionTime: "t" }),
      "Deployment monitoring/query is not available: 0 of 2 pods",
      "t",
    ],
    [
      "a workload that says no more",
      balanced({ ip: "x" }),
      available({ status: "False", message: "" }),
      "Deployment monitoring/query is not available",
      SINCE,
    ],
  ])("says what is missing with %s, and since when", async (_, service, workload, what, since) => {
    expect(await seen(service, workload)).toEqual({ status: "waiting", missing: [{ what, since }] });
  });

  it("names everything that is missing", async () => {
    const state = await seen(undefined, undefined);
    expect(state).toMatchObject({ status: "waiting", missing: [{}, {}] });
  });
});
