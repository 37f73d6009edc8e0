import { functionOf, type InstanceName, queueNamed, vpcOf, wiringOf } from "#stacks/vpcs";
import type { FunctionName } from "#stacks/wiring";

/*
 * What each function may do, in terms of the resources of an installation. Data only: the stacks turn the names into ARNs,
 * the tests hold it against the calls that the functions make.
 */

/** A resource by what it is to us; `grants.ts` knows its ARN. */
export type Target =
  | `queue:${string}`
  | `topic:${string}`
  /** The queues of all reconcilers. */
  | "looks"
  | "table"
  /** The table's indexes. */
  | "indexes"
  | "stream"
  /** Our bucket itself, and what lies below a prefix of it. */
  | "state"
  | "state:indexes/*"
  | "state:reports/*"
  | "state:stores/*"
  /** Buckets that are audited, and what lies in them. */
  | "audited"
  | "audited/*"
  | "slack-secret"
  | "zone"
  | "zone-changes"
  | FleetTarget
  /** Network interfaces, subnets and security groups of the hub's region: Lambda takes no less. */
  | "network"
  /** For actions that IAM has no resources for: see WITHOUT_RESOURCE. */
  | "everything";

/** What only an installation with a fleet of clusters has. */
export type FleetTarget =
  /** Clusters of the hub's account in its scopes, and the access entries of our role on them. */
  | "clusters"
  | "access-entries"
  | "member-roles"
  /** The observer itself, where it is in the hub's account, and else the role that reaches it. */
  | "observer"
  | "observer-role"
  /** The role that clusters know. */
  | "cluster-role";

export interface Grant {
  readonly actions: readonly string[];
  readonly on: Target;
  /** `our-role`: only for the role that clusters know; `our-policy`: besides only with the access policy that we use. */
  readonly condition?: "our-role" | "our-policy";
}

/** Actions that IAM knows no resource types for: nothing but `*` works. */
export const WITHOUT_RESOURCE = ["eks:ListClusters", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"] as const;

const POLL = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const POLL_STREAM = [
  "dynamodb:DescribeStream",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:ListStreams",
];

const send = (queue: string): Grant => ({ actions: ["sqs:SendMessage"], on: `queue:${queue}` });
const sendLooks: Grant = { actions: ["sqs:SendMessage"], on: "looks" };
const readRecord: Grant = { actions: ["dynamodb:GetItem"], on: "table" };
const writeRecords: Grant = { actions: ["dynamodb:GetItem", "dynamodb:UpdateItem"], on: "table" };
/** What is due, what fires: the indexes tell. */
const findRecords: Grant = { actions: ["dynamodb:Query"], on: "indexes" };
const listClusters: Grant = { actions: ["dynamodb:Query"], on: "table" };
/** Alerts are recorded, published, and marked as published. */
const raiseAlerts: readonly Grant[] = [
  writeRecords,
  findRecords,
  { actions: ["sns:Publish"], on: "topic:musterbook-alerts" },
];
/** Without the right to list S3 answers 403 for what is not there. */
const listState: Grant = { actions: ["s3:ListBucket"], on: "state" };
const readState = (on: Extract<Target, `state:${string}`>): Grant => ({ actions: ["s3:GetObject"], on });
const writeState = (on: Extract<Target, `state:${string}`>): Grant => ({
  actions: ["s3:GetObject", "s3:PutObject"],
  on,
});
const readAudited: readonly Grant[] = [
  { actions: ["s3:ListBucket"], on: "audited" },
  { actions: ["s3:GetObject"], on: "audited/*" },
];
/** Uploads that never ended are in no listing of objects. */
const listUploads: Grant = { actions: ["s3:ListBucketMultipartUploads"], on: "audited" };
const reachMembers: Grant = { actions: ["sts:AssumeRole"], on: "member-roles" };
/** A token for a cluster is signed as the role that it knows. */
const signTokens: Grant = { actions: ["sts:AssumeRole"], on: "cluster-role" };
const reachObserver: readonly Grant[] = [
  { actions: ["eks:DescribeCluster"], on: "observer" },
  { actions: ["sts:AssumeRole"], on: "observer-role" },
  signTokens,
];
const publishStores: readonly Grant[] = [
  ...reachObserver,
  listClusters,
  ...raiseAlerts,
  listState,
  writeState("state:stores/*"),
];

const OWN: Readonly<Record<FunctionName, readonly Grant[]>> = {
  "route-cluster-event": [readRecord, sendLooks],
  "reconcile-cluster": [
    reachMembers,
    signTokens,
    { actions: ["eks:DescribeCluster"], on: "clusters" },
    { actions: ["eks:ListAssociatedAccessPolicies"], on: "access-entries" },
    { actions: ["eks:CreateAccessEntry"], on: "clusters", condition: "our-role" },
    { actions: ["eks:AssociateAccessPolicy"], on: "access-entries", condition: "our-policy" },
    { actions: ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"], on: "zone" },
    { actions: ["route53:GetChange"], on: "zone-changes" },
    ...raiseAlerts,
    listState,
    readState("state:stores/*"),
    readState("state:indexes/*"),
  ],
  "enqueue-due": [findRecords, readRecord, sendLooks],
  "sweep-fleet": [
    reachMembers,
    { actions: ["eks:ListClusters"], on: "everything" },
    listClusters,
    ...raiseAlerts,
    listState,
    readState("state:stores/*"),
    sendLooks,
  ],
  "publish-store-list": publishStores,
  "check-store-list": publishStores,
  "index-block": [...readAudited, listState, writeState("state:indexes/*")],
  "enqueue-listings": [send("listings.fifo")],
  "list-bucket": [
    ...readAudited,
    listUploads,
    ...raiseAlerts,
    listState,
    writeState("state:indexes/*"),
    send("listings.fifo"),
    send("audits.fifo"),
  ],
  "enqueue-audits": [send("audits.fifo"), ...raiseAlerts],
  // Judges from the index alone: no bucket of blocks is asked for anything.
  "audit-bucket": [
    ...raiseAlerts,
    listState,
    readState("state:indexes/*"),
    writeState("state:reports/*"),
    send("listings.fifo"),
  ],
  "publish-alerts": raiseAlerts,
  "notify-slack": [{ actions: ["secretsmanager:GetSecretValue"], on: "slack-secret" }],
};

/** The calls that a function's own code makes. */
export function ownGrants(name: InstanceName): readonly Grant[] {
  const { source } = wiringOf(name);
  const own = OWN[functionOf(name)];
  const [, queue] = source.kind === "queue" ? (queueNamed(source.queue) ?? []) : [];
  return queue === undefined ? own : [send(queue.deadLetterQueue), ...own];
}

/**
 * What AWS's managed policy AWSLambdaVPCAccessExecutionRole allows, for Lambda itself to put a function into a VPC. Its own
 * code is denied all of it (`grants.ts`).
 */
export const NETWORK_GRANTS: readonly Grant[] = [
  { actions: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], on: "everything" },
  {
    actions: [
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ],
    on: "network",
  },
];

/** What a function may do: its own calls, and those that Lambda makes with its role to poll its source and to give up. */
export function grantsOf(name: InstanceName): readonly Grant[] {
  const { source } = wiringOf(name);
  switch (source.kind) {
    case "queue":
      return [
        { actions: POLL, on: `queue:${source.queue}` },
        ...ownGrants(name),
        ...(vpcOf(name) === undefined ? [] : NETWORK_GRANTS),
      ];
    case "stream":
      return [{ actions: POLL_STREAM, on: "stream" }, send(source.deadLetterQueue), ...ownGrants(name)];
    case "schedule":
      return [send(source.deadLetterQueue), ...ownGrants(name)];
  }
}
