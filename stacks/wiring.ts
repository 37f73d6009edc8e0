/**
 * What drives what: the one table that both the deployment and the local runtime read. Data only; no SST, no AWS types.
 * Picture: docs/architecture.md.
 */

/** A value or a content filter of an EventBridge pattern (`prefix`, `suffix`, `exists`, `anything-but`, `wildcard`, `numeric`, `equals-ignore-case`). */
export type Matcher = string | number | boolean | null | { readonly [operator: string]: unknown };
export interface Pattern {
  readonly [field: string]: readonly Matcher[] | Pattern;
}

export interface QueueWiring {
  readonly fifo: boolean;
  /** Longer than the time-out of its consumer; six times it (the advice of SQS) where a long lock does no harm. */
  readonly visibilitySeconds: number;
  /** Receives before a message goes to the dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly deadLetterQueue: string;
}

/** EventBridge: events of the bus that match go to a queue. */
export interface RuleWiring {
  readonly pattern: Pattern;
  readonly queue: string;
}

/** SNS: publications whose attributes pass the filter go to a queue (raw delivery). */
export interface SubscriptionWiring {
  readonly topic: string;
  readonly filter: { readonly [attribute: string]: readonly Matcher[] };
  readonly queue: string;
}

export type Source =
  /** `windowSeconds`: how long a batch is waited for to become full; only then it may be larger than ten messages. */
  | {
      readonly kind: "queue";
      readonly queue: string;
      readonly batchSize: number;
      readonly windowSeconds?: number;
    }
  /** `rate(N minutes)`; an invocation that fails is tried `retries` times more, then dead-lettered. */
  | {
      readonly kind: "schedule";
      readonly rate: `rate(${number} ${"minute" | "minutes" | "hours"})`;
      readonly input: Readonly<Record<string, string>>;
      readonly retries: number;
      readonly deadLetterQueue: string;
    }
  /** Changes of the cluster table, in order per cluster, at least once. */
  | {
      readonly kind: "stream";
      readonly table: "registry";
      readonly batchSize: number;
      readonly retries: number;
      readonly deadLetterQueue: string;
    };

export interface FunctionWiring {
  readonly source: Source;
  readonly timeoutSeconds: number;
}

export const queues = {
  "cluster-events": { fifo: false, visibilitySeconds: 180, maxReceiveCount: 5, deadLetterQueue: "cluster-events-dlq" },
  // One look at one cluster at a time: the group is its ARN. Just above the time-out of 15 minutes and not six times it:
  // a crashed look locks its cluster for this long.
  "clusters.fifo": { fifo: true, visibilitySeconds: 960, maxReceiveCount: 5, deadLetterQueue: "clusters-dlq.fifo" },
  "block-events": { fifo: false, visibilitySeconds: 360, maxReceiveCount: 5, deadLetterQueue: "block-events-dlq" },
  // Groups are buckets: one listing of a bucket at a time (of a large one four stretches beside it), and one audit. What is given up the next schedule does, so two
  // receives are enough, and a bucket that kills its audit has none waiting when the next one comes.
  "listings.fifo": { fifo: true, visibilitySeconds: 960, maxReceiveCount: 2, deadLetterQueue: "listings-dlq.fifo" },
  "audits.fifo": { fifo: true, visibilitySeconds: 145, maxReceiveCount: 2, deadLetterQueue: "audits-dlq.fifo" },
  // A 429 of Slack counts as a receive, hence the long patience.
  "alerts-slack": { fifo: false, visibilitySeconds: 180, maxReceiveCount: 20, deadLetterQueue: "alerts-slack-dlq" },
} as const satisfies Record<string, QueueWiring>;

export type QueueName = keyof typeof queues;

/** What EventBridge or SNS could not put into a queue. */
export const UNDELIVERED = "undelivered-dlq";

export const topics = ["musterbook-alerts"] as const;
export type TopicName = (typeof topics)[number];

export const rules = [
  {
    pattern: {
      // The second source is ours: nobody may put events of `aws.*` on a bus, so replays and drills use it.
      source: ["aws.eks", "musterbook.drill"],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: {
        eventSource: ["eks.amazonaws.com"],
        eventName: ["CreateCluster", "DeleteCluster", "UpdateClusterConfig", "TagResource", "UntagResource"],
      },
    },
    queue: "cluster-events",
  },
  {
    pattern: {
      source: ["aws.s3", "musterbook.drill"],
      "detail-type": ["Object Created", "Object Deleted"],
      detail: { object: { key: [{ suffix: "/meta.json" }, { suffix: "-mark.json" }] } },
    },
    queue: "block-events",
  },
] as const satisfies readonly RuleWiring[];

export const subscriptions = [
  { topic: "musterbook-alerts", filter: { severity: ["critical", "warning"] }, queue: "alerts-slack" },
] as const satisfies readonly SubscriptionWiring[];

const MINUTE = "rate(1 minute)";

export const functions = {
  "route-cluster-event": { source: { kind: "queue", queue: "cluster-events", batchSize: 10 }, timeoutSeconds: 30 },
  "reconcile-cluster": { source: { kind: "queue", queue: "clusters.fifo", batchSize: 1 }, timeoutSeconds: 900 },
  "enqueue-due": {
    source: { kind: "schedule", rate: MINUTE, input: {}, retries: 0, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 50,
  },
  "sweep-fleet": {
    source: { kind: "schedule", rate: "rate(15 minutes)", input: {}, retries: 2, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 600,
  },
  "publish-store-list": {
    source: { kind: "stream", table: "registry", batchSize: 100, retries: 10, deadLetterQueue: "stream-dlq" },
    timeoutSeconds: 60,
  },
  // The stream gives a batch up after its retries; this makes good what it lost.
  "check-store-list": {
    source: { kind: "schedule", rate: "rate(5 minutes)", input: {}, retries: 0, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 60,
  },
  // Each batch is one write of the index.
  "index-block": {
    source: { kind: "queue", queue: "block-events", batchSize: 100, windowSeconds: 20 },
    timeoutSeconds: 60,
  },
  "enqueue-listings": {
    source: { kind: "schedule", rate: "rate(30 minutes)", input: {}, retries: 2, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 60,
  },
  "list-bucket": { source: { kind: "queue", queue: "listings.fifo", batchSize: 1 }, timeoutSeconds: 900 },
  "enqueue-audits": {
    source: { kind: "schedule", rate: "rate(5 minutes)", input: {}, retries: 0, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 60,
  },
  "audit-bucket": { source: { kind: "queue", queue: "audits.fifo", batchSize: 1 }, timeoutSeconds: 140 },
  "publish-alerts": {
    source: { kind: "schedule", rate: MINUTE, input: {}, retries: 0, deadLetterQueue: "schedules-dlq" },
    timeoutSeconds: 50,
  },
  // What comes within the window is one digest if it is much: a channel takes one post a second.
  "notify-slack": {
    source: { kind: "queue", queue: "alerts-slack", batchSize: 500, windowSeconds: 5 },
    timeoutSeconds: 30,
  },
} as const satisfies Record<string, FunctionWiring>;

export type FunctionName = keyof typeof functions;
