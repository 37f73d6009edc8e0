import * as v from "valibot";
import { formatProblems, parseWith } from "#config/schema";
import type { ClusterRef } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import type { ClusterDescription } from "#onboard/ports";

const STATUSES = ["CREATING", "ACTIVE", "DELETING", "FAILED", "UPDATING", "PENDING"] as const;
const MODES = ["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"] as const;

/** What DescribeCluster answers, as far as it is read: the SDK types every field as optional. */
const Cluster = v.object({
  arn: v.string(),
  status: v.picklist(STATUSES),
  createdAt: v.date(),
  version: v.nullish(v.string(), ""),
  endpoint: v.nullish(v.string()),
  certificateAuthority: v.nullish(v.object({ data: v.nullish(v.string()) })),
  accessConfig: v.nullish(v.object({ authenticationMode: v.nullish(v.picklist(MODES)) })),
  resourcesVpcConfig: v.nullish(
    v.object({
      vpcId: v.nullish(v.string()),
      endpointPublicAccess: v.nullish(v.boolean()),
      endpointPrivateAccess: v.nullish(v.boolean()),
      publicAccessCidrs: v.nullish(v.array(v.string())),
    }),
  ),
  computeConfig: v.nullish(v.object({ enabled: v.nullish(v.boolean()) })),
  kubernetesNetworkConfig: v.nullish(
    v.object({ elasticLoadBalancing: v.nullish(v.object({ enabled: v.nullish(v.boolean()) })) }),
  ),
  tags: v.nullish(v.record(v.string(), v.string())),
});
type Cluster = v.InferOutput<typeof Cluster>;

/** Reads the `cluster` of an answer. TerminalError `unreadable`, and `wrong-account` when it is another's than `ref`. */
export function descriptionOf(ref: ClusterRef, cluster: unknown): ClusterDescription {
  const parsed = parseWith(Cluster, cluster);
  if (!parsed.ok) {
    throw new TerminalError(`EKS describes ${ref.arn} in a way that Musterbook does not understand`, {
      reason: "unreadable",
      remedy: formatProblems(parsed.problems),
    });
  }
  if (parsed.value.arn !== ref.arn) throw anotherCluster(ref, parsed.value.arn);
  return readDescription(ref, parsed.value);
}

function readDescription(ref: ClusterRef, cluster: Cluster): ClusterDescription {
  const { resourcesVpcConfig: vpc, computeConfig, kubernetesNetworkConfig: network } = cluster;
  return {
    ref,
    status: cluster.status,
    createdAt: cluster.createdAt.toISOString(),
    version: cluster.version ?? "",
    // Empty until the cluster is ACTIVE.
    endpoint: cluster.endpoint || null,
    certificateAuthority: cluster.certificateAuthority?.data || null,
    // Clusters from before there were access entries tell nothing.
    authenticationMode: cluster.accessConfig?.authenticationMode ?? "CONFIG_MAP",
    endpointPublicAccess: vpc?.endpointPublicAccess ?? false,
    endpointPrivateAccess: vpc?.endpointPrivateAccess ?? false,
    publicAccessCidrs: vpc?.publicAccessCidrs ?? [],
    vpcId: vpc?.vpcId || null,
    autoMode: computeConfig?.enabled === true && network?.elasticLoadBalancing?.enabled === true,
    tags: cluster.tags ?? {},
  };
}

function anotherCluster(ref: ClusterRef, arn: string): TerminalError {
  return new TerminalError(`asked about ${ref.arn}, EKS answered about ${arn}`, {
    reason: "wrong-account",
    field: "arn",
    value: arn,
    remedy: `Configure credentials of account ${ref.account} for it.`,
  });
}
