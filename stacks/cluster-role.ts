import type { Stage } from "#stacks/stage";

/**
 * The role that clusters know, `principalArn`. It has no rights in AWS at all: what it may do is written in each cluster's
 * access entry. Of another account it is not made here.
 */
export function clusterRole(principalArn: string, { account }: Stage, users: readonly sst.aws.Function[]): void {
  const [, , , , owner, resource = ""] = principalArn.split(":");
  if (owner !== account) return;
  const parts = resource.split("/").slice(1);
  const path = parts.length > 1 ? { path: `/${parts.slice(0, -1).join("/")}/` } : {};
  new aws.iam.Role("ClusterRole", {
    name: parts.at(-1) ?? "",
    ...path,
    description: "Works inside of clusters, by their access entries only",
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sts:AssumeRole"],
          principals: [{ type: "AWS", identifiers: users.map(({ nodes }) => nodes.role.arn) }],
        },
      ],
    }).json,
  });
}
