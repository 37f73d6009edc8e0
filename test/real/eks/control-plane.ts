import type { Clock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { type Call, fault, json, type Reply } from "#test/fakes/aws-server";
import { type AccessEntry, readEntries } from "#test/real/eks/entries";
import { ask, forward } from "#test/real/eks/forward";
import type { Later } from "#test/real/eks/later";
import type { Operation } from "#test/real/eks/operations";
import { page } from "#test/real/eks/paging";

export interface Delays {
  /** How long a cluster is CREATING and DELETING. */
  readonly clusterMs: number;
  /** How long authentication does not know of a change to an access entry. */
  readonly entryMs: number;
}

/** What the shim knows of a cluster besides what ministack does. */
interface Held {
  readonly ref: ClusterRef;
  /** Seconds, with a fraction; ministack has whole ones. */
  readonly createdAt: number;
  readonly authenticationMode: string;
  status: "CREATING" | "ACTIVE" | "DELETING";
  /** As authentication knows them. */
  entries: readonly AccessEntry[];
}

export interface Endpoint {
  readonly server: string;
  /** PEM, base64. */
  readonly certificateAuthority: string;
}

/** The control plane of EKS: ministack's, with what it lacks. */
export interface ControlPlane {
  answer(operation: Operation, call: Call, at: ClusterRef): Promise<Reply>;
  /** The entries that authentication honours by now. */
  entries(arn: string): readonly AccessEntry[];
  /** Where a cluster's API server is from now on. */
  place(arn: string, endpoint: Endpoint): void;
}

const CHANGES_ACCESS: ReadonlySet<Operation> = new Set([
  "CreateAccessEntry",
  "UpdateAccessEntry",
  "DeleteAccessEntry",
  "AssociateAccessPolicy",
  "DisassociateAccessPolicy",
] satisfies Operation[]);

/** Where a cluster without an API server seems to have one: nobody answers there. */
const NOWHERE: Endpoint = {
  server: "https://0123456789ABCDEF0123456789ABCDEF.gr7.eks.invalid",
  certificateAuthority: Buffer.from("no certificate").toString("base64"),
};

export function controlPlane(of: {
  readonly upstream: string;
  readonly clock: Clock;
  readonly later: Later;
  readonly delays: Delays;
}): ControlPlane {
  const { upstream, clock, later, delays } = of;
  const clusters = new Map<string, Held>();
  const endpoints = new Map<string, Endpoint>();

  async function honour(held: Held): Promise<void> {
    if (clusters.get(held.ref.arn) === held) held.entries = await readEntries(upstream, held.ref);
  }

  async function create(call: Call, { account, region }: ClusterRef): Promise<Reply> {
    const reply = await forward(upstream, call);
    if (reply.status !== 200) return reply;
    const { name, accessConfig } = JSON.parse(reply.body).cluster;
    const ref = clusterRef({ account, region, name });
    const authenticationMode = accessConfig?.authenticationMode ?? "CONFIG_MAP";
    const createdAt = clock.now().getTime() / 1000;
    const held: Held = { ref, createdAt, authenticationMode, status: "CREATING", entries: [] };
    clusters.set(ref.arn, held);
    later.in(delays.clusterMs, async () => {
      if (held.status === "CREATING") held.status = "ACTIVE";
      await honour(held);
    });
    return described(reply, held);
  }

  /** ministack forgets a cluster at once: it is only told when the deletion is over. */
  async function remove(call: Call, held: Held): Promise<Reply> {
    const reply = await ask(upstream, call, held.ref.account);
    if (held.status !== "DELETING") {
      held.status = "DELETING";
      later.in(delays.clusterMs, async () => {
        clusters.delete(held.ref.arn);
        endpoints.delete(held.ref.arn);
        await forward(upstream, call);
      });
    }
    return described(reply, held);
  }

  /** ministack keeps tags that are changed apart from those of the description. */
  async function described(reply: Reply, held: Held, call?: Call): Promise<Reply> {
    const { cluster } = JSON.parse(reply.body);
    const { status, createdAt, authenticationMode, ref } = held;
    const tags = call === undefined ? cluster.tags : await tagsOf(upstream, call, ref);
    const { server, certificateAuthority } = endpoints.get(ref.arn) ?? NOWHERE;
    const reachable =
      status === "CREATING"
        ? { endpoint: undefined, certificateAuthority: {} }
        : { endpoint: server, certificateAuthority: { data: certificateAuthority } };
    const accessConfig = { ...cluster.accessConfig, authenticationMode };
    return json(200, { cluster: { ...cluster, status, createdAt, accessConfig, tags, ...reachable } });
  }

  async function ofCluster(operation: Operation, call: Call, held: Held): Promise<Reply> {
    if (operation === "DescribeCluster") return described(await forward(upstream, call), held, call);
    if (operation === "DeleteCluster") return remove(call, held);
    if (held.authenticationMode === "CONFIG_MAP") return fault(400, "InvalidRequestException", CONFIG_MAP);
    const reply = await listedOrForwarded(upstream, operation, call, held.ref);
    if (CHANGES_ACCESS.has(operation) && reply.status === 200) later.in(delays.entryMs, () => honour(held));
    return reply;
  }

  return {
    answer: (operation, call, at) => {
      if (operation === "CreateCluster") return create(call, at);
      const held = clusters.get(at.arn);
      return held === undefined ? listedOrForwarded(upstream, operation, call, at) : ofCluster(operation, call, held);
    },
    entries: (arn) => clusters.get(arn)?.entries ?? [],
    place: (arn, endpoint) => void endpoints.set(arn, endpoint),
  };
}

const CONFIG_MAP =
  "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";

async function listedOrForwarded(
  upstream: string,
  operation: Operation,
  call: Call,
  { account }: ClusterRef,
): Promise<Reply> {
  const of = { call, account };
  switch (operation) {
    case "ListClusters":
      return page(upstream, of, "clusters", (name: string) => name);
    case "ListAccessEntries":
      return page(upstream, of, "accessEntries", (arn: string) => arn);
    case "ListAssociatedAccessPolicies":
      return page(upstream, of, "associatedAccessPolicies", ({ policyArn }: { policyArn: string }) => policyArn);
    default:
      return forward(upstream, call);
  }
}

async function tagsOf(upstream: string, call: Call, { account, arn }: ClusterRef): Promise<unknown> {
  const reply = await ask(upstream, call, account, `/tags/${encodeURIComponent(arn)}`);
  return JSON.parse(reply.body).tags;
}
