import type { FleetConfig } from "#config/fleet-config";
import { BOUNDARY, type Hub, type MemberOptions, own, policy, type Resources } from "#members/parts";
import { reconcilerIn } from "#stacks/vpcs";

/** Functions that only read there. */
const OBSERVERS = ["sweep-fleet", "publish-store-list", "check-store-list"];

/** A role per mode, up to the configured one, that the hub's functions may assume. */
export function memberRoles({ hub, config }: MemberOptions): Resources {
  const mode = config.members?.mode ?? "observe";
  const read = reading(hub);
  const reconcilers = [undefined, ...config.reach.vpc].map((vpc) => reconcilerIn(vpc?.id));
  const observe = role("observe", hub, config, { users: [...OBSERVERS, ...reconcilers], statements: read });
  if (mode === "observe") return { ObserveRole: observe };
  const register = role("register", hub, config, { users: reconcilers, statements: read });
  if (mode === "register") return { ObserveRole: observe, RegisterRole: register };
  const manage = role("manage", hub, config, { users: reconcilers, statements: [...read, ...giving(hub, config)] });
  return { ObserveRole: observe, RegisterRole: register, ManageRole: manage };
}

function reading(hub: Hub) {
  return [
    { Action: "eks:DescribeCluster", Resource: own(hub, "eks", "*", "cluster/*") },
    { Action: "eks:ListAssociatedAccessPolicies", Resource: own(hub, "eks", "*", "access-entry/*") },
    // IAM has no resource for it.
    { Action: "eks:ListClusters", Resource: "*" },
  ];
}

/** Rights inside of clusters: for Musterbook's own role, by the one access policy that it uses. */
function giving(hub: Hub, { principalArn }: FleetConfig) {
  const role = { "eks:principalArn": principalArn };
  const accessPolicy = `arn:${hub.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
  return [
    { Action: "eks:CreateAccessEntry", Resource: own(hub, "eks", "*", "cluster/*"), Condition: { ArnEquals: role } },
    {
      Action: "eks:AssociateAccessPolicy",
      Resource: own(hub, "eks", "*", "access-entry/*"),
      Condition: { ArnEquals: { ...role, "eks:policyArn": accessPolicy } },
    },
  ];
}

function role(
  mode: string,
  { account, partition, stage }: Hub,
  { members }: FleetConfig,
  of: { readonly users: readonly string[]; readonly statements: readonly object[] },
) {
  const external = members === undefined ? {} : { StringEquals: { "sts:ExternalId": members.externalId } };
  return {
    Type: "AWS::IAM::Role",
    Condition: "IsHome",
    Properties: {
      RoleName: `musterbook-${mode}`,
      PermissionsBoundary: BOUNDARY,
      AssumeRolePolicyDocument: policy({
        Principal: { AWS: of.users.map((name) => `arn:${partition}:iam::${account}:role/musterbook-${stage}-${name}`) },
        Action: "sts:AssumeRole",
        ...(members === undefined ? {} : { Condition: external }),
      }),
      Policies: [{ PolicyName: mode, PolicyDocument: policy(...of.statements) }],
    },
  };
}
