import {
  DescribeAccessEntryCommand,
  EKSClient,
  paginateListAccessEntries,
  paginateListAssociatedAccessPolicies,
} from "@aws-sdk/client-eks";
import type { ClusterRef } from "#fleet/cluster";
import { accountKey } from "#test/real/eks/keys";

/** An access entry as authentication sees it. */
export interface AccessEntry {
  readonly principalArn: string;
  /** Empty for the default. */
  readonly username: string;
  readonly groups: readonly string[];
  /** ARNs of the policies that hold for the whole cluster. */
  readonly policies: readonly string[];
}

/** The access entries of a cluster as ministack has them. */
export async function readEntries(upstream: string, { account, region, name }: ClusterRef): Promise<AccessEntry[]> {
  const client = new EKSClient({ endpoint: upstream, region, credentials: accountKey(account) });
  const principals: string[] = [];
  for await (const page of paginateListAccessEntries({ client }, { clusterName: name })) {
    principals.push(...(page.accessEntries ?? []));
  }
  const entries = await Promise.all(principals.map((principalArn) => readEntry(client, name, principalArn)));
  client.destroy();
  return entries;
}

async function readEntry(client: EKSClient, clusterName: string, principalArn: string): Promise<AccessEntry> {
  const { accessEntry } = await client.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));
  const policies: string[] = [];
  for await (const page of paginateListAssociatedAccessPolicies({ client }, { clusterName, principalArn })) {
    const whole = page.associatedAccessPolicies?.filter(({ accessScope }) => accessScope?.type === "cluster") ?? [];
    policies.push(...whole.map(({ policyArn }) => policyArn ?? ""));
  }
  return { principalArn, username: accessEntry?.username ?? "", groups: accessEntry?.kubernetesGroups ?? [], policies };
}
