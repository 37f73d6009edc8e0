import * as v from "valibot";
import { type Clock, systemClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { type Call, fault, json, type Reply, serveAws } from "#test/fakes/aws-server";
import { controlPlane, type Delays } from "#test/real/eks/control-plane";
import { putDrill } from "#test/real/eks/drill";
import { createFaults, type Faults } from "#test/real/eks/faults";
import { forward } from "#test/real/eks/forward";
import { type Caller, createKeys, sessionOf } from "#test/real/eks/keys";
import { later } from "#test/real/eks/later";
import { type Operation, operationOf } from "#test/real/eks/operations";
import { isLastPage } from "#test/real/eks/paging";
import { bindPolicies } from "#test/real/eks/policies";
import { reviewToken } from "#test/real/eks/token-review";
import type { RealCluster } from "#test/real/servers/cluster";

export interface EksShimOptions {
  /** URL of ministack. */
  readonly upstream: string;
  /** By default nothing comes to its end before `settle`. */
  readonly delays?: Partial<Delays>;
  readonly clock?: Clock;
  /** ministack judges signatures and policies (`AUTH`): it has sessions that were not asked for here, those of its functions. */
  readonly upstreamJudges?: boolean;
}

/** EKS and STS in front of ministack, for `AWS_ENDPOINT_URL_EKS` and `AWS_ENDPOINT_URL_STS`: docs/testing.md. */
export interface EksShim extends Pick<Faults, "failNext"> {
  readonly url: string;
  /** URL that an API server asks about tokens of a cluster, which need not be there yet. */
  tokenWebhook(ref: ClusterRef): string;
  /** Gives a cluster of EKS its API server: DescribeCluster tells of it, and policies of access entries mean something there. */
  attach(ref: ClusterRef, cluster: Pick<RealCluster, "server" | "certificateAuthority" | "adminToken">): Promise<void>;
  /** Lets everything that is under way come to its end now. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const WEBHOOK = /^\/token-review\/(?<account>\d{12})\/(?<region>[a-z0-9-]+)\/(?<name>[\w-]+)(?:\?.*)?$/;
const TOLD_TO_CLOUDTRAIL: ReadonlySet<Operation> = new Set([
  "CreateCluster",
  "DeleteCluster",
  "TagResource",
  "UntagResource",
] satisfies Operation[]);
const TokenReview = v.object({ apiVersion: v.string(), spec: v.object({ token: v.string() }) });

export async function startEksShim(options: EksShimOptions): Promise<EksShim> {
  const { upstream, delays = {}, clock = systemClock, upstreamJudges = false } = options;
  const keys = createKeys();
  const faults = createFaults();
  const time = later(clock);
  const { clusterMs = Number.POSITIVE_INFINITY, entryMs = Number.POSITIVE_INFINITY } = delays;
  const eks = controlPlane({ upstream, clock, later: time, delays: { clusterMs, entryMs } });

  async function answerEks(call: Call, caller: Caller): Promise<Reply> {
    const known = operationOf(call);
    if (known === undefined) return forward(upstream, call);
    const { operation, cluster: name } = known;
    if (!operation.startsWith("List")) {
      const early = faults.of(operation, call, true);
      if (early !== undefined) return early;
    }
    const reply = await eks.answer(operation, call, clusterRef({ account: caller.account, region: call.region, name }));
    if (TOLD_TO_CLOUDTRAIL.has(operation)) {
      await putDrill(upstream, { operation, call, reply, caller, at: clock.now() });
    }
    return operation.startsWith("List") ? (faults.of(operation, call, isLastPage(reply)) ?? reply) : reply;
  }

  async function answerSts(call: Call): Promise<Reply> {
    const reply = await forward(upstream, call);
    const action = new URLSearchParams(call.body).get("Action");
    if (action === "AssumeRole" && reply.status === 200) keys.learn(reply.body);
    return reply;
  }

  async function review(call: Call, at: { account: string; region: string; name: string }): Promise<Reply> {
    const { apiVersion, spec } = v.parse(TokenReview, JSON.parse(call.body));
    const cluster = { name: at.name, entries: eks.entries(clusterRef(at).arn) };
    const status = await reviewToken(spec.token, cluster, { upstream, keys, clock });
    return json(200, { apiVersion, kind: "TokenReview", status });
  }

  async function answer(call: Call): Promise<Reply> {
    await time.pass("due");
    const { account, region, name } = WEBHOOK.exec(call.path)?.groups ?? {};
    if (account !== undefined && region !== undefined && name !== undefined) {
      return review(call, { account, region, name });
    }
    const caller = keys.find(call.accessKeyId) ?? (upstreamJudges ? await sessionOf(upstream, call) : undefined);
    if (caller === undefined) return fault(403, "UnrecognizedClientException", "The security token is invalid.");
    if (call.service === "sts") return answerSts(call);
    if (call.service === "eks") return answerEks(call, caller);
    return fault(400, "UnknownOperationException", "The shim is for EKS and STS; ministack has the rest.");
  }

  const { url, close } = await serveAws(answer);
  return {
    url,
    failNext: faults.failNext,
    settle: () => time.pass("everything"),
    tokenWebhook: ({ account, region, name }) => `${url}/token-review/${account}/${region}/${name}`,
    attach: async (ref, cluster) => {
      await bindPolicies(cluster);
      eks.place(ref.arn, cluster);
    },
    close,
  };
}
