import {
  ACCOUNT,
  arnOf,
  BOUNDARY,
  type MemberOptions,
  own,
  policy,
  REGION,
  type Resources,
  type TemplateResource,
} from "#members/parts";
import { auditedBuckets, isOwn } from "#stacks/regions";
import { type Pattern, rules } from "#stacks/wiring";

/** What could not be sent on waits here. */
export const DEAD_LETTERS = "musterbook-forward-dlq";

/** Rules that send to the hub's bus in one hop, the role that they send as, and the queue for what does not arrive. */
export function forwarding(options: MemberOptions): {
  readonly conditions: Readonly<Record<string, object>>;
  readonly resources: Resources;
} {
  const blocks = blockRules(options);
  const [clusterEvents] = rules;
  const clusters = rule(options, {
    name: "musterbook-cluster-events",
    description: "Sends what happens to EKS clusters to Musterbook's hub",
    pattern: clusterEvents.pattern,
  });
  return {
    conditions: Object.fromEntries(blocks.map(({ condition, where }) => [condition, where])),
    resources: {
      ForwardRole: forwardRole(options),
      ...deadLetters(options),
      ClusterEvents: clusters,
      ...Object.fromEntries(blocks.map(({ id, resource }) => [id, resource])),
    },
  };
}

/** The hub's bus. */
function busOf({ hub }: MemberOptions): string {
  return `arn:${hub.partition}:events:${hub.region}:${hub.account}:event-bus/musterbook-${hub.stage}-hub`;
}

function forwardRole(options: MemberOptions): TemplateResource {
  const put = policy({ Action: "events:PutEvents", Resource: busOf(options) });
  return {
    Type: "AWS::IAM::Role",
    Condition: "IsHome",
    Properties: {
      RoleName: "musterbook-forward",
      PermissionsBoundary: BOUNDARY,
      AssumeRolePolicyDocument: policy({
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      }),
      Policies: [{ PolicyName: "put-events", PolicyDocument: put }],
    },
  };
}

function deadLetters({ hub }: MemberOptions): Resources {
  return {
    Undelivered: {
      Type: "AWS::SQS::Queue",
      Properties: { QueueName: DEAD_LETTERS, MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true },
    },
    UndeliveredPolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Undelivered" }],
        PolicyDocument: policy({
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: arnOf("Undelivered"),
          Condition: { ArnLike: { "aws:SourceArn": own(hub, "events", REGION, "rule/musterbook-*-events") } },
        }),
      },
    },
  };
}

function rule(
  options: MemberOptions,
  of: { readonly name: string; readonly description: string; readonly pattern: Pattern; readonly condition?: string },
): TemplateResource {
  return {
    Type: "AWS::Events::Rule",
    ...(of.condition === undefined ? {} : { Condition: of.condition }),
    Properties: {
      Name: of.name,
      Description: of.description,
      EventPattern: of.pattern,
      Targets: [
        {
          Id: "hub",
          Arn: busOf(options),
          RoleArn: own(options.hub, "iam", "", "role/musterbook-forward"),
          DeadLetterConfig: { Arn: arnOf("Undelivered") },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    },
  };
}

/** One for each account and region with audited buckets: a template for all accounts makes it where they are. */
function blockRules(options: MemberOptions) {
  const { hub, config } = options;
  const theirs = auditedBuckets(config).filter((bucket) => !isOwn(hub, bucket));
  const places = Map.groupBy(theirs, ({ account, region }) => `${account} ${region ?? hub.region}`);
  const [, { pattern }] = rules;
  return [...places].map(([place, buckets], at) => {
    const [account = "", region = ""] = place.split(" ");
    const condition = `HasBuckets${at + 1}`;
    const name = [...new Set(buckets.map((bucket) => bucket.name))];
    const resource = rule(options, {
      name: "musterbook-block-events",
      description: "Sends what happens to the blocks in audited buckets to Musterbook's hub",
      pattern: { ...pattern, detail: { ...pattern.detail, bucket: { name } } },
      condition,
    });
    const where = { "Fn::And": [{ "Fn::Equals": [ACCOUNT, account] }, { "Fn::Equals": [REGION, region] }] };
    return { id: `BlockEvents${at + 1}`, condition, where, resource };
  });
}
