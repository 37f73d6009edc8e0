import pMap from "p-map";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { describeError, MusterbookError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { type Decision, decide } from "#onboard/decide";
import type { ReconcilePorts } from "#onboard/observe";
import { unlessForbidden } from "#onboard/observe/reach";
import type { Plan } from "#onboard/verdict";
import { reach } from "#onboard/verdicts/install";
import { type ClusterPlan, type FleetPlan, fleetPlan, type NextStep } from "#report/plan";
import { changesOf } from "#report/plan-changes";

/** Looks that are made at a time. */
const CONCURRENCY = 4;

export type PlanProgress = (done: number, total: number) => void;

/**
 * What would be done on every cluster that EKS or the registry knows, and why. Reads only. Throws where the clusters
 * cannot be listed as a whole; a cluster that cannot be looked at is `unknown`.
 */
export async function planFleet(ports: ReconcilePorts, onProgress: PlanProgress): Promise<FleetPlan> {
  const now = ports.clock.now();
  const records = new Map((await ports.registry.all()).map((record) => [record.arn, record]));
  const refs = await refsOf(ports, [...records.keys()]);
  let done = 0;
  const plans = await pMap(
    refs,
    async (ref) => {
      const plan = await planOf(ref, ports, records.get(ref.arn) ?? null, now);
      done += 1;
      onProgress(done, refs.length);
      return plan;
    },
    { concurrency: CONCURRENCY },
  );
  return fleetPlan(
    plans.filter((plan) => plan !== undefined),
    now,
  );
}

async function refsOf({ config, clusters }: ReconcilePorts, known: readonly string[]): Promise<readonly ClusterRef[]> {
  const listed: ClusterRef[] = [];
  for (const { account, regions } of config.scopes) {
    for (const region of regions) listed.push(...(await clusters.list({ account, region })));
  }
  const arns = new Set([...listed.map(({ arn }) => arn), ...known]);
  return [...arns]
    .sort()
    .map(parseClusterArn)
    .filter((ref) => ref !== undefined);
}

/** Undefined for a cluster that is gone, with nothing left to do. */
async function planOf(
  ref: ClusterRef,
  ports: ReconcilePorts,
  record: ClusterRecord | null,
  now: Date,
): Promise<ClusterPlan | undefined> {
  const { arn, name, region, account } = ref;
  try {
    const decision = await decide(ref, ports, record, now);
    const { seen } = decision;
    const next = nextOf(decision);
    if (seen.state.cluster.status === "absent" && next.kind === "nothing") return undefined;
    const changes = changesOf({ ref, config: ports.config, decision, ...(await besides(decision, ports)) });
    return { arn, name, region, account, mode: seen.selection?.mode ?? null, next, changes };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    const { reason, remedy } = error;
    const next: NextStep = { kind: "unknown", at: null, reason, message: describeError(error), remedy };
    return { arn, name, region, account, mode: record?.mode ?? null, next, changes: [] };
  }
}

async function besides({ seen }: Decision, { config, dns }: ReconcilePorts) {
  const { leaf, state, endpoint } = seen;
  const named = await dns.find(endpoint.host);
  if (leaf === null || state.release.status !== "absent") return { hasNamespace: null, named };
  const ref = { apiVersion: "v1", kind: "Namespace", name: config.leaf.namespace };
  const found = await unlessForbidden(async () => (await leaf.kube.get(ref)) !== undefined);
  return { hasNamespace: typeof found === "boolean" ? found : null, named };
}

/** An access entry alone lets nobody in through a private endpoint: what counts is that it ends there. */
function nextOf({ next, input }: Decision): NextStep {
  const hidden = "do" in next && next.do === "access" && input.state.reach.status === "private";
  return stepOf((hidden ? reach(input) : undefined) ?? next);
}

function stepOf(next: Plan): NextStep {
  if ("do" in next) return { kind: "do", at: next.do, reason: next.do, message: next.because, remedy: "" };
  if ("wait" in next) return { kind: "wait", at: next.at, reason: next.wait, message: next.message, remedy: "" };
  if ("stop" in next) {
    const { stop: reason, at, message, remedy } = next;
    return { kind: "stop", at, reason, message, remedy };
  }
  return { kind: "nothing", at: null, reason: "nothing", message: next.because, remedy: "" };
}
