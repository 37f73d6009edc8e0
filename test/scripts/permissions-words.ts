import type { Grant, Target } from "#stacks/permissions";
import { type FunctionName, functions } from "#stacks/wiring";

/** A resource of an installation, as people call it. */
export function inWords(on: Target): string {
  if (on.startsWith("queue:")) return `queue \`${on.slice("queue:".length)}\``;
  if (on.startsWith("topic:")) return `topic \`${on.slice("topic:".length)}\``;
  return on === "everything" ? "`*`: IAM knows no resource for it" : PLACES[on as Place];
}

type Place = Exclude<Target, `queue:${string}` | `topic:${string}` | "everything">;

const PLACES: Readonly<Record<Place, string>> = {
  looks: "the queue of looks, and those of VPCs",
  network: "network interfaces, subnets and security groups of the hub's region",
  table: "the table",
  indexes: "the table's indexes",
  stream: "the table's change stream",
  state: "our bucket",
  "state:indexes/*": "`indexes/*` of our bucket",
  "state:reports/*": "`reports/*` of our bucket",
  "state:stores/*": "`stores/*` of our bucket",
  audited: "audited buckets",
  "audited/*": "objects of audited buckets, below their prefixes",
  "slack-secret": "the secret with Slack's webhook",
  zone: "the private hosted zone",
  "zone-changes": "changes of Route53: their ids are not known before",
  clusters: "clusters of the hub's account, in the regions of its scopes",
  "access-entries": "access entries on these clusters",
  "member-roles": "roles of other accounts, each by name (see Members)",
  observer: "the observer, where it is in the hub's account",
  "observer-role": "the role that reaches the observer, where it is in another account",
  "cluster-role": "the role that clusters know",
};

interface Asked {
  readonly name: FunctionName;
  readonly action: string;
  readonly on: Grant["on"];
}

/** Why a function may do it. @throws Error where nobody has said so yet */
export function whyOf({ name, action, on }: Asked): string {
  const why =
    OF_FUNCTION[name]?.[`${action} ${on}`] ?? OF_QUEUES[`${action} ${queueRole(name, on)}`] ?? WHY[`${action} ${on}`];
  if (why === undefined)
    throw new Error(`say in test/scripts/permissions-words.ts why ${name} does ${action} on ${on}`);
  return why;
}

function queueRole(name: FunctionName, on: Grant["on"]): string {
  const { source } = functions[name];
  const isSource = source.kind === "queue" && on === `queue:${source.queue}`;
  if (isSource) return "its source";
  return /-dlq(?:\.fifo)?$/.test(on) ? "a dead-letter queue" : "another";
}

const OF_QUEUES: Readonly<Record<string, string>> = {
  "sqs:ReceiveMessage its source": "Lambda polls the queue with the function's role",
  "sqs:DeleteMessage its source": "Lambda deletes messages that were handled",
  "sqs:GetQueueAttributes its source": "Lambda sizes its polling",
  "sqs:SendMessage a dead-letter queue": "gives up what nobody can handle, with the reason",
};

const OF_FUNCTION: Readonly<Partial<Record<FunctionName, Readonly<Record<string, string>>>>> = {
  "route-cluster-event": {
    "dynamodb:GetItem table": "reads which reconciler looks at the cluster",
    "sqs:SendMessage looks": "asks for a look at the cluster of the event",
  },
  "enqueue-due": {
    "dynamodb:Query indexes": "finds the clusters whose look is due",
    "dynamodb:GetItem table": "reads which reconciler looks at each",
    "sqs:SendMessage looks": "asks for a look at each",
  },
  "sweep-fleet": {
    "dynamodb:Query table": "compares EKS's clusters with those on record",
    "sts:AssumeRole member-roles": "lists the clusters of other accounts",
    "sqs:SendMessage looks": "asks for a look at each cluster that is new, gone or forgotten",
    "s3:GetObject state:stores/*": "compares the store list with the records",
  },
  "reconcile-cluster": {
    "sts:AssumeRole member-roles": "observes, and as far as the mode allows changes, clusters of other accounts",
    "sts:AssumeRole cluster-role": "signs tokens for the Kubernetes API of a cluster",
    "dynamodb:GetItem table": "reads the cluster's record, and the states of its alerts",
    "dynamodb:UpdateItem table": "records what the look found, on the condition that nobody else did",
    "s3:GetObject state:stores/*": "looks whether the cluster is on the store list",
    "s3:GetObject state:indexes/*": "looks for the cluster's newest block, as proof that it uploads",
  },
  "enqueue-listings": { "sqs:SendMessage queue:listings.fifo": "asks for a listing of each bucket" },
  "list-bucket": {
    "sqs:SendMessage queue:listings.fifo": "goes on with a listing that takes more than one invocation",
    "sqs:SendMessage queue:audits.fifo": "asks for an audit of the bucket that was listed",
  },
  "audit-bucket": {
    "sqs:SendMessage queue:listings.fifo": "asks for the first listing of a bucket that has no index yet",
  },
  "enqueue-audits": { "sqs:SendMessage queue:audits.fifo": "asks for an audit of each bucket" },
  "publish-store-list": { "dynamodb:Query table": "makes the store list of all records" },
  "check-store-list": { "dynamodb:Query table": "makes the store list of all records" },
  "publish-alerts": { "dynamodb:Query indexes": "finds alerts that are recorded and not published yet" },
};

const WHY: Readonly<Record<string, string>> = {
  "dynamodb:GetItem table": "reads the state of an alert",
  "dynamodb:UpdateItem table": "records an alert before it is published, and that it was",
  "dynamodb:Query indexes": "finds the alerts that fire",
  "dynamodb:DescribeStream stream": "Lambda polls the stream with the function's role",
  "dynamodb:GetRecords stream": "Lambda polls the stream with the function's role",
  "dynamodb:GetShardIterator stream": "Lambda polls the stream with the function's role",
  "dynamodb:ListStreams stream": "Lambda polls the stream with the function's role",
  "sns:Publish topic:musterbook-alerts": "tells of an alert",
  "s3:ListBucket state": "without it S3 answers 403 for what is not there",
  "s3:GetObject state:stores/*": "reads the store list, to write it only if it is still that",
  "s3:PutObject state:stores/*": "writes the store list",
  "s3:GetObject state:indexes/*": "reads the index of a bucket's blocks",
  "s3:PutObject state:indexes/*": "writes the index of a bucket's blocks",
  "s3:GetObject state:reports/*": "looks whether a newer report of the bucket is there already",
  "s3:PutObject state:reports/*": "leaves the report of a bucket, and its metrics",
  "s3:ListBucket audited": "lists the blocks",
  "s3:ListBucketMultipartUploads audited": "finds multipart uploads that never ended",
  "s3:GetObject audited/*": "reads meta.json and the marks of blocks",
  "secretsmanager:GetSecretValue slack-secret": "posts to Slack",
  "sts:AssumeRole observer-role": "reaches the observer",
  "sts:AssumeRole cluster-role": "signs tokens for the Kubernetes API of the observer, which gets the store list",
  "ec2:DescribeNetworkInterfaces everything": "Lambda looks for the interface that it can use",
  "ec2:DescribeSubnets everything": "Lambda looks at the subnets that the function is to be in",
  "ec2:CreateNetworkInterface network": "Lambda makes an interface for each pair of subnet and security group",
  "ec2:DeleteNetworkInterface network": "Lambda removes the interface after the function",
  "ec2:AssignPrivateIpAddresses network": "Lambda gives the interface its addresses",
  "ec2:UnassignPrivateIpAddresses network": "Lambda takes them back",
  "eks:DescribeCluster observer": "asks for the observer's endpoint",
  "eks:DescribeCluster clusters": "looks at the cluster",
  "eks:ListClusters everything": "finds the clusters of the hub's account",
  "eks:ListAssociatedAccessPolicies access-entries": "looks whether the cluster knows our role",
  "eks:CreateAccessEntry clusters": "makes our role known to the cluster (mode manage)",
  "eks:AssociateAccessPolicy access-entries": "gives our role its rights inside of the cluster (mode manage)",
  "route53:ListResourceRecordSets zone": "reads the cluster's name and who owns it",
  "route53:ChangeResourceRecordSets zone": "writes the cluster's name (modes register and manage)",
  "route53:GetChange zone-changes": "asks whether the name is answered everywhere",
};

/** All that is said, for the test that nothing is said in vain. */
export const SAID: readonly string[] = [
  ...Object.keys(WHY),
  ...Object.entries(OF_FUNCTION).flatMap(([name, own]) => Object.keys(own).map((what) => `${name} ${what}`)),
];
