import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DescribeClusterCommand,
  EKSClient,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
} from "@aws-sdk/client-eks";
import * as v from "valibot";
import type { AwsAccounts } from "#aws/accounts";
import { answerOf } from "#aws/answer";
import { awsError } from "#aws/aws-error";
import { type ClientFor, clientPerScope } from "#aws/clients";
import { awsConfig } from "#aws/config";
import { descriptionOf } from "#aws/eks-description";
import { allPages } from "#aws/pages";
import { understood } from "#aws/understood";
import { type ClusterRef, clusterRef, partitionOf } from "#fleet/cluster";
import { RetryableError, TerminalError } from "#fleet/errors";
import type { ClusterApi, ClusterDescription } from "#onboard/ports";

export interface EksClustersOptions {
  readonly accounts: Pick<AwsAccounts, "reach">;
  /** Names of one page of a listing: 1 to 100, which is EKS's default. */
  readonly pageSize?: number;
}

const ABSENT = "ResourceNotFoundException";
const EXISTS = "ResourceInUseException";
const REFUSED = "InvalidRequestException";

const Names = v.object({ clusters: v.array(v.string()), nextToken: v.nullish(v.string()) });
const Policies = v.object({
  associatedAccessPolicies: v.array(v.object({ policyArn: v.string() })),
  nextToken: v.nullish(v.string()),
});

/** EKS of every account and region that `accounts` reaches; absence is only believed of the right account. */
export function eksClusters({ accounts, pageSize = 100 }: EksClustersOptions): ClusterApi {
  const clientFor = clientPerScope(accounts, (scope) => new EKSClient(awsConfig(scope)));
  return {
    describe: async (ref) => describe(await clientFor(ref), ref),
    list: (scope) => list(clientFor, scope, pageSize),
    accessPolicies: async (ref, principalArn) => accessPolicies(await clientFor(ref), ref, principalArn),
    grantAccess: async (ref, principalArn, policyArn) =>
      grantAccess(await clientFor(ref), { ref, principalArn, policyArn }),
  };
}

async function describe(client: EKSClient, ref: ClusterRef): Promise<ClusterDescription | undefined> {
  try {
    const { cluster } = await client.send(new DescribeClusterCommand({ name: ref.name }));
    return descriptionOf(ref, cluster);
  } catch (cause) {
    if (answerOf(cause).code === ABSENT) return undefined;
    throw awsError(cause, { what: `cannot describe ${ref.arn}`, action: "eks:DescribeCluster", resource: ref.arn });
  }
}

async function list(
  clientFor: ClientFor<EKSClient>,
  { account, region }: { readonly account: string; readonly region: string },
  maxResults: number,
): Promise<readonly ClusterRef[]> {
  const what = `cannot list the clusters of ${account} in ${region}`;
  const resource = `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/*`;
  const client = await clientFor({ account, region });
  const names = await allPages(what, async (nextToken) => {
    const request = new ListClustersCommand({ maxResults, ...(nextToken === undefined ? {} : { nextToken }) });
    const answer = await client.send(request).catch((cause: unknown) => {
      throw awsError(cause, { what, action: "eks:ListClusters", resource });
    });
    const page = understood(what, Names, answer);
    return { items: page.clusters, next: page.nextToken ?? undefined };
  });
  return names.map((name) => clusterRef({ account, region, name }));
}

async function accessPolicies(
  client: EKSClient,
  ref: ClusterRef,
  principalArn: string,
): Promise<readonly string[] | undefined> {
  const what = `cannot read the access entry of ${principalArn} on ${ref.arn}`;
  const resource = entryArn(ref, principalArn);
  try {
    return await allPages(what, async (nextToken) => {
      const more = nextToken === undefined ? {} : { nextToken };
      const request = new ListAssociatedAccessPoliciesCommand({ clusterName: ref.name, principalArn, ...more });
      const page = understood(what, Policies, await client.send(request));
      return {
        items: page.associatedAccessPolicies.map(({ policyArn }) => policyArn),
        next: page.nextToken ?? undefined,
      };
    });
  } catch (cause) {
    const { code } = answerOf(cause);
    // The same code for a cluster that is not there, which nobody may take for one without our entry.
    if (code === ABSENT && (await existing(client, ref))) return undefined;
    if (code === REFUSED) await refuseConfigMap(client, ref);
    throw awsError(cause, { what, action: "eks:ListAssociatedAccessPolicies", resource });
  }
}

interface Grant {
  readonly ref: ClusterRef;
  readonly principalArn: string;
  readonly policyArn: string;
}

async function grantAccess(client: EKSClient, { ref, principalArn, policyArn }: Grant): Promise<void> {
  const entry = { clusterName: ref.name, principalArn };
  try {
    await client.send(new CreateAccessEntryCommand({ ...entry, type: "STANDARD" }));
  } catch (cause) {
    const { code } = answerOf(cause);
    if (code === REFUSED) await refuseConfigMap(client, ref);
    if (code === ABSENT) await existing(client, ref);
    const what = `cannot make an access entry for ${principalArn} on ${ref.arn}`;
    if (code !== EXISTS) throw awsError(cause, { what, action: "eks:CreateAccessEntry", resource: ref.arn });
  }
  try {
    await client.send(new AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope: { type: "cluster" } }));
  } catch (cause) {
    if (answerOf(cause).code === ABSENT) throw unsettled(ref, principalArn, cause);
    const what = `cannot give ${principalArn} the policy ${policyArn} on ${ref.arn}`;
    throw awsError(cause, { what, action: "eks:AssociateAccessPolicy", resource: entryArn(ref, principalArn) });
  }
}

/** True, or TerminalError `cluster-absent`. */
async function existing(client: EKSClient, ref: ClusterRef): Promise<true> {
  if ((await describe(client, ref)) !== undefined) return true;
  throw new TerminalError(`EKS knows no cluster ${ref.arn}`, {
    reason: "cluster-absent",
    remedy: "Nothing to do if it was deleted: the next look sees that.",
  });
}

/** EKS refuses in words only, so what is wrong is read from the cluster itself. */
async function refuseConfigMap(client: EKSClient, ref: ClusterRef): Promise<void> {
  const description = await describe(client, ref);
  if (description?.authenticationMode !== "CONFIG_MAP") return;
  throw new TerminalError(`${ref.name} has authentication mode CONFIG_MAP: it takes no access entries`, {
    reason: "config-map-only",
    field: "authenticationMode",
    value: "CONFIG_MAP",
    remedy: `aws eks update-cluster-config --region ${ref.region} --name ${ref.name} --access-config authenticationMode=API_AND_CONFIG_MAP; there is no way back.`,
  });
}

/** EKS takes some seconds until an entry that it has just made is there for every call. */
function unsettled(ref: ClusterRef, principalArn: string, cause: unknown): RetryableError {
  return new RetryableError(`EKS does not show the access entry of ${principalArn} on ${ref.arn} yet`, {
    reason: "unsettled",
    remedy: "Nothing to do: it is tried again.",
    cause,
  });
}

/** As IAM names an entry; EKS puts an id of its own at the end. */
function entryArn({ partition, region, account, name }: ClusterRef, principalArn: string): string {
  const [, , , , owner = "*", principal = "*"] = principalArn.split(":");
  return `arn:${partition}:eks:${region}:${account}:access-entry/${name}/${principal.replace("/", `/${owner}/`)}/*`;
}
