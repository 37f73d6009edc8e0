import * as v from "valibot";
import { parseWith } from "#config/schema";
import { nameOf } from "#onboard/ownership";
import type { KubeApi, KubeObject, KubeRef } from "#onboard/ports";
import type { Missing, ReadyState } from "#onboard/state";

const Status = v.object({
  status: v.object({
    conditions: v.optional(
      v.array(
        v.object({
          type: v.string(),
          status: v.string(),
          lastTransitionTime: v.optional(v.string()),
          message: v.optional(v.string()),
        }),
      ),
      [],
    ),
    loadBalancer: v.optional(
      v.object({
        ingress: v.optional(v.array(v.object({ hostname: v.optional(v.string()), ip: v.optional(v.string()) })), []),
      }),
      {},
    ),
  }),
});

/**
 * Whether every workload has the condition `Available` and the Service has a load balancer with a name. Workloads: the
 * Prometheus (the operator's own summary of its StatefulSet, which helm never waits for) and the leaf Querier.
 */
export async function observeReady(
  kube: KubeApi,
  service: KubeRef,
  workloads: readonly KubeRef[],
): Promise<Exclude<ReadyState, { status: "unobserved" | "forbidden" }>> {
  const missing: Missing[] = [];
  for (const workload of workloads) {
    const found = await kube.get(workload);
    missing.push(...unavailable(workload, found));
  }
  const found = await kube.get(service);
  const [ingress] = statusOf(found)?.loadBalancer.ingress ?? [];
  const loadBalancer = ingress?.hostname ?? ingress?.ip;
  if (loadBalancer === undefined) missing.push(withoutName(service, found));
  else if (missing.length === 0) return { status: "ready", loadBalancer };
  return { status: "waiting", missing };
}

function unavailable(ref: KubeRef, found: KubeObject | undefined): Missing[] {
  if (found === undefined) return [absent(ref)];
  const condition = statusOf(found)?.conditions.find(({ type }) => type === "Available");
  if (condition?.status === "True") return [];
  const why = condition?.message === undefined || condition.message === "" ? "" : `: ${condition.message}`;
  const since = condition?.lastTransitionTime ?? found.metadata.creationTimestamp ?? null;
  return [{ what: `${labelOf(ref)} is not available${why}`, since }];
}

function withoutName(ref: KubeRef, found: KubeObject | undefined): Missing {
  if (found === undefined) return absent(ref);
  return { what: `${labelOf(ref)} has no load balancer yet`, since: found.metadata.creationTimestamp ?? null };
}

function absent(ref: KubeRef): Missing {
  return { what: `${labelOf(ref)} does not exist`, since: null };
}

function labelOf({ kind, name, namespace }: KubeRef): string {
  return nameOf({ kind, metadata: namespace === undefined ? { name } : { name, namespace } });
}

/** What does not look like a status is none (yet). */
function statusOf(object: KubeObject | undefined): v.InferOutput<typeof Status>["status"] | undefined {
  const parsed = parseWith(Status, object);
  return parsed.ok ? parsed.value.status : undefined;
}
