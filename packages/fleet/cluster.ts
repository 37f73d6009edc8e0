/** An EKS cluster by its ARN. An ARN is reused by a later cluster of the same name: identity is ARN + `createdAt`. */
export interface ClusterRef {
  readonly arn: string;
  readonly partition: "aws" | "aws-cn" | "aws-us-gov";
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly name: string;
}

const CLUSTER_ARN =
  /^arn:(?<partition>aws|aws-cn|aws-us-gov):eks:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):(?<account>\d{12}):cluster\/(?<name>[0-9A-Za-z][0-9A-Za-z_-]{0,99})$/;

/** The parts of an EKS cluster ARN; undefined for anything else, a nodegroup's or an add-on's among them. */
export function parseClusterArn(text: string): ClusterRef | undefined {
  const parts = CLUSTER_ARN.exec(text)?.groups as Omit<ClusterRef, "arn"> | undefined;
  if (parts === undefined) return undefined;
  const { partition, region, account, name } = parts;
  return { arn: text, partition, region, account, name };
}

export function partitionOf(region: string): ClusterRef["partition"] {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

export function clusterRef(at: { account: string; region: string; name: string }): ClusterRef {
  const partition = partitionOf(at.region);
  return { ...at, partition, arn: `arn:${partition}:eks:${at.region}:${at.account}:cluster/${at.name}` };
}
