import type { FleetConfig } from "#config/fleet-config";
import { reconcilerIn } from "#stacks/vpcs";
import { rules } from "#stacks/wiring";

/** The hub, as a member has to know it. */
export interface Hub {
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** SST's stage. */
  readonly stage: string;
}

export interface MemberOptions {
  readonly hub: Hub;
  readonly config: FleetConfig;
  /** The one region of each member in which its roles are made: IAM is the same in all. */
  readonly home: string;
}

/** Functions that work as a member's role, by what they do there. */
const OBSERVERS = ["sweep-fleet", "publish-store-list", "check-store-list"];

/**
 * What an account needs to be a member, as a CloudFormation template for a StackSet: in each region a rule that sends events
 * to the hub's bus in one hop, and once a role per mode that the hub's functions may assume.
 */
export function memberTemplate(options: MemberOptions) {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Musterbook: a member account of its fleet",
    Parameters: {
      PermissionsBoundary: {
        Type: "String",
        Default: "",
        Description: "ARN of a policy that bounds what the roles may ever do; empty for none",
      },
    },
    Conditions: {
      IsHome: { "Fn::Equals": [{ Ref: "AWS::Region" }, options.home] },
      IsBounded: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "PermissionsBoundary" }, ""] }] },
    },
    Resources: { ...forwarding(options), ...roles(options) },
  };
}

function forwarding({ hub }: MemberOptions) {
  const bus = `arn:${hub.partition}:events:${hub.region}:${hub.account}:event-bus/musterbook-${hub.stage}-hub`;
  const [clusterEvents] = rules;
  return {
    ForwardRole: {
      Type: "AWS::IAM::Role",
      Condition: "IsHome",
      Properties: {
        RoleName: "musterbook-forward",
        PermissionsBoundary: BOUNDARY,
        AssumeRolePolicyDocument: policy({
          Principal: { Service: "events.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        }),
        Policies: [{ PolicyName: "put-events", PolicyDocument: policy({ Action: "events:PutEvents", Resource: bus }) }],
      },
    },
    Undelivered: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: "musterbook-forward-dlq",
        MessageRetentionPeriod: 14 * 86_400,
        SqsManagedSseEnabled: true,
      },
    },
    UndeliveredPolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Undelivered" }],
        PolicyDocument: policy({
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: { "Fn::GetAtt": ["Undelivered", "Arn"] },
          Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": ["ClusterEvents", "Arn"] } } },
        }),
      },
    },
    ClusterEvents: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: "musterbook-cluster-events",
        Description: "Sends what happens to EKS clusters to Musterbook's hub",
        EventPattern: clusterEvents.pattern,
        Targets: [
          {
            Id: "hub",
            Arn: bus,
            RoleArn: own(hub, "iam", "", "role/musterbook-forward"),
            DeadLetterConfig: { Arn: { "Fn::GetAtt": ["Undelivered", "Arn"] } },
            RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
          },
        ],
      },
    },
  };
}

const BOUNDARY = { "Fn::If": ["IsBounded", { Ref: "PermissionsBoundary" }, { Ref: "AWS::NoValue" }] };

function roles({ hub, config }: MemberOptions) {
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

/** The ARN of something in the member's own account. */
function own({ partition }: Hub, service: string, region: string, resource: string) {
  return { "Fn::Join": [":", ["arn", partition, service, region, { Ref: "AWS::AccountId" }, resource]] };
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

function policy(...statements: readonly object[]) {
  return { Version: "2012-10-17", Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })) };
}
