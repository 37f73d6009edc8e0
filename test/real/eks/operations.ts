import type { Call } from "#test/fakes/aws-server";

/** The calls of EKS that the shim has a part in; every other is ministack's alone. */
export type Operation =
  | "CreateCluster"
  | "ListClusters"
  | "DescribeCluster"
  | "DeleteCluster"
  | "CreateAccessEntry"
  | "ListAccessEntries"
  | "DescribeAccessEntry"
  | "UpdateAccessEntry"
  | "DeleteAccessEntry"
  | "AssociateAccessPolicy"
  | "ListAssociatedAccessPolicies"
  | "DisassociateAccessPolicy"
  | "TagResource"
  | "UntagResource";

const CLUSTER = "/clusters/(?<name>[^/]+)";
const ENTRY = `${CLUSTER}/access-entries/[^/]+`;

const ROUTES: readonly (readonly [method: string, path: string, operation: Operation])[] = [
  ["POST", "/clusters", "CreateCluster"],
  ["GET", "/clusters", "ListClusters"],
  ["GET", CLUSTER, "DescribeCluster"],
  ["DELETE", CLUSTER, "DeleteCluster"],
  ["POST", `${CLUSTER}/access-entries`, "CreateAccessEntry"],
  ["GET", `${CLUSTER}/access-entries`, "ListAccessEntries"],
  ["GET", ENTRY, "DescribeAccessEntry"],
  ["POST", ENTRY, "UpdateAccessEntry"],
  ["DELETE", ENTRY, "DeleteAccessEntry"],
  ["POST", `${ENTRY}/access-policies`, "AssociateAccessPolicy"],
  ["GET", `${ENTRY}/access-policies`, "ListAssociatedAccessPolicies"],
  ["DELETE", `${ENTRY}/access-policies/[^/]+`, "DisassociateAccessPolicy"],
  ["POST", "/tags/[^/]+", "TagResource"],
  ["DELETE", "/tags/[^/]+", "UntagResource"],
];

/** Which call of EKS a request is, and of which cluster; undefined for one that is passed on as it is. */
export function operationOf({ method, path }: Call): { operation: Operation; cluster: string } | undefined {
  const [place = ""] = path.split("?");
  for (const [verb, pattern, operation] of ROUTES) {
    const match = verb === method ? new RegExp(`^${pattern}$`).exec(place) : null;
    if (match !== null) return { operation, cluster: match.groups?.name ?? "" };
  }
  return undefined;
}
