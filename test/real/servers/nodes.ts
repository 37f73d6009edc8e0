import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { systemClock } from "#fleet/clock";
import { settled } from "#local/kubernetes/controllers";
import type { Behaviour } from "#local/kubernetes/embedded-cluster";
import type { KubeObject } from "#onboard/ports";
import { type ApiCall, callApi, watchApi } from "#test/real/servers/api";
import type { RealCluster } from "#test/real/servers/cluster";

export interface Nodes {
  /** How nodes and cloud behave from now on; what is settled stays so. */
  behave(change: Partial<Pick<Behaviour, "jobs" | "workloads" | "loadBalancers">>): void;
  stop(): Promise<void>;
}

/** What has a status that somebody else than the API server writes; the paths of the collections. */
const WATCHED: Readonly<Record<string, string>> = {
  "apps/deployments": "/apis/apps/v1/deployments",
  "apps/statefulsets": "/apis/apps/v1/statefulsets",
  "apps/daemonsets": "/apis/apps/v1/daemonsets",
  "batch/jobs": "/apis/batch/v1/jobs",
  "/services": "/api/v1/services",
  "monitoring.coreos.com/prometheuses": "/apis/monitoring.coreos.com/v1/prometheuses",
  "monitoring.coreos.com/alertmanagers": "/apis/monitoring.coreos.com/v1/alertmanagers",
};
/** A definition that is not there yet, or whose storage is being made ready (429), is looked for again. */
const AGAIN_MS = 200;
const NOT_YET = [404, 429];

const Event = v.object({
  type: v.string(),
  object: v.looseObject({
    apiVersion: v.optional(v.string(), ""),
    kind: v.optional(v.string(), ""),
    metadata: v.looseObject({ name: v.optional(v.string(), ""), namespace: v.optional(v.string(), "") }),
  }),
});

interface Play {
  readonly cluster: Pick<RealCluster, "server" | "certificateAuthority" | "adminToken">;
  readonly behaviour: () => Behaviour;
  readonly signal: AbortSignal;
}

/**
 * Stands for nodes, operators and the cloud's controllers of a real API server: writes the status that they would, by the
 * same rules as the embedded cluster.
 */
export async function playNodes(cluster: Play["cluster"]): Promise<Nodes> {
  const ending = new AbortController();
  let behaviour: Behaviour = {
    latencyMs: 0,
    refuse: null,
    workloads: "ready",
    jobs: "complete",
    loadBalancers: "assign",
    settleMs: 0,
  };
  const play: Play = { cluster, behaviour: () => behaviour, signal: ending.signal };
  const watching = Promise.all(Object.entries(WATCHED).map(([resource, path]) => look(play, resource, path)));
  return {
    behave(change) {
      behaviour = { ...behaviour, ...change };
    },
    async stop() {
      ending.abort();
      await watching;
    },
  };
}

/** Until the end: acts on every object that there is and on every change. */
async function look(play: Play, resource: string, path: string): Promise<void> {
  const { signal } = play;
  while (!signal.aborted) {
    try {
      // Without a resourceVersion a watch begins with all that is there.
      const watch = await watchApi(callOf(play, `${path}?watch=1`), signal);
      if (watch.events !== undefined) {
        for await (const event of watch.events) await act(play, { resource, path }, v.parse(Event, event));
      } else if (NOT_YET.includes(watch.status)) await sleep(AGAIN_MS, undefined, { signal });
      else throw new Error(`cannot watch ${path}: ${watch.body}`);
    } catch (error) {
      if (signal.aborted) return;
      if (!isLost(error)) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

/** Nodes outlive their API server, and try again. */
function isLost(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(`${error.code}`);
}

async function act(
  play: Play,
  { resource, path }: { readonly resource: string; readonly path: string },
  { type, object }: v.InferOutput<typeof Event>,
): Promise<void> {
  if (type !== "ADDED" && type !== "MODIFIED") return;
  const next = settled(
    { name: "real", region: "eu-west-1", clock: systemClock, behaviour: play.behaviour() },
    resource,
    object as KubeObject,
  );
  if (next === "wait" || next === "done") return;
  const { name, namespace } = object.metadata;
  const collection = path.replace(/\/([a-z]+)$/, `/namespaces/${namespace}/$1`);
  const reply = await callApi({
    ...callOf(play, `${collection}/${name}/status`),
    method: "PATCH",
    contentType: "application/merge-patch+json",
    body: JSON.stringify({ status: next.status }),
  });
  // It may have gone meanwhile.
  if (reply.status !== 200 && reply.status !== 404) {
    throw new Error(`the status of ${resource} ${namespace}/${name} is refused: ${reply.body.toString()}`);
  }
}

function callOf({ cluster }: Play, path: string): ApiCall {
  const { server, certificateAuthority, adminToken: token } = cluster;
  return { url: `${server}${path}`, certificateAuthority, token };
}
