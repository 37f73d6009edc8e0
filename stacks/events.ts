import { allowing, mayDeliver, trust } from "#stacks/policy";
import { makeQueues, rulesOf, subscriptionsOf } from "#stacks/queues";
import { auditedBuckets, memberAccounts, ruleRegions } from "#stacks/regions";
import { logicalName, type Stage } from "#stacks/stage";
import { type Pattern, type RuleWiring, topics, UNDELIVERED } from "#stacks/wiring";

/** Queues, topics, and what puts messages into them: EventBridge's rules here and elsewhere, SNS's subscriptions. */
export function events(stage: Stage) {
  const queues = makeQueues(stage);
  const published = new Map(
    topics.map((topic) => [
      topic as string,
      new sst.aws.SnsTopic(logicalName(topic), { transform: { topic: { name: stage.name(topic) } } }),
    ]),
  );
  const bus = new sst.aws.Bus("Hub", { transform: { bus: { name: stage.name("hub") } } });
  const members = memberAccounts(stage);
  if (members.length > 0) admitMembers(stage, bus, members);
  const schedules = new aws.scheduler.ScheduleGroup("Schedules", { name: stage.name("schedules") });
  const made = { queues, topics: published, bus, schedules };
  for (const rule of rulesOf(stage)) deliver(stage, made, rule);
  for (const { topic, filter, queue } of subscriptionsOf(stage)) subscribe(made, { topic, filter, queue });
  allowUndelivered(stage, made);
  return made;
}

export interface Events {
  readonly queues: ReadonlyMap<string, sst.aws.Queue>;
  readonly topics: ReadonlyMap<string, sst.aws.SnsTopic>;
  /** What other accounts and regions send their events to. */
  readonly bus: sst.aws.Bus;
  readonly schedules: aws.scheduler.ScheduleGroup;
}

/** Twice, for the events of this account and region, and for those that the others send. */
function deliver(stage: Stage, { queues, bus }: Events, { queue, pattern }: RuleWiring): void {
  const target = needed(queues, queue);
  const undelivered = needed(queues, UNDELIVERED);
  const narrowed = narrow(stage, queue, pattern);
  const made = [
    { from: "Here", eventBusName: "default" },
    { from: "Elsewhere", eventBusName: bus.name },
  ].map(({ from, eventBusName }) => {
    const name = `${logicalName(queue)}${from}`;
    const rule = new aws.cloudwatch.EventRule(`${name}Rule`, {
      name: stage.name(`${queue}-${from.toLowerCase()}`),
      description: `Events for ${stage.name(queue)}`,
      eventBusName,
      eventPattern: JSON.stringify(narrowed),
    });
    new aws.cloudwatch.EventTarget(`${name}Target`, {
      rule: rule.name,
      eventBusName,
      arn: target.arn,
      deadLetterConfig: { arn: undelivered.arn },
      retryPolicy: RETRY,
    });
    return rule;
  });
  policy(queue, target, { service: "events.amazonaws.com", sources: made.map(({ arn }) => arn) });
  for (const region of ruleRegions(stage, queue)) forward(stage, { region, queue, pattern: narrowed, bus });
}

/** EventBridge tries for a day: longer than any of its own outages. */
const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };

/** Only the buckets that are audited: others of the account may write what they like. */
function narrow({ config }: Stage, queue: string, pattern: Pattern): Pattern {
  if (queue !== "block-events") return pattern;
  const names = [...new Set(auditedBuckets(config).map(({ name }) => name))];
  const { detail } = pattern;
  return { ...pattern, detail: { ...(detail as Pattern), bucket: { name: names } } };
}

/** One hop: the default bus of another region of this account sends to the hub's bus. */
function forward(
  stage: Stage,
  of: { readonly region: string; readonly queue: string; readonly pattern: Pattern; readonly bus: sst.aws.Bus },
): void {
  const { region, queue, pattern, bus } = of;
  const name = `${logicalName(queue)}From${logicalName(region)}`;
  const rule = new aws.cloudwatch.EventRule(`${name}Rule`, {
    region,
    name: stage.name(`${queue}-forward`),
    description: `Events for ${stage.name(queue)} in ${stage.region}`,
    eventPattern: JSON.stringify(pattern),
  });
  const role = new aws.iam.Role(`${name}Role`, {
    namePrefix: `${stage.name("forward")}-`.slice(0, 38),
    assumeRolePolicy: trust("events.amazonaws.com", stage, rule.arn),
    inlinePolicies: [{ name: "put-events", policy: allowing(["events:PutEvents"], [bus.arn]) }],
  });
  const dead = new aws.sqs.Queue(`${name}Dlq`, {
    region,
    name: stage.name(`${queue}-forward-dlq`),
    messageRetentionSeconds: 14 * 86_400,
    sqsManagedSseEnabled: true,
  });
  new aws.sqs.QueuePolicy(`${name}DlqPolicy`, {
    region,
    queueUrl: dead.url,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [mayDeliver({ service: "events.amazonaws.com", queue: dead.arn, sources: [rule.arn] })],
    }).json,
  });
  new aws.cloudwatch.EventTarget(`${name}Target`, {
    region,
    rule: rule.name,
    arn: bus.arn,
    roleArn: role.arn,
    deadLetterConfig: { arn: dead.arn },
    retryPolicy: RETRY,
  });
}

/** Members may send what the rules want to hear, and nothing else. */
function admitMembers(stage: Stage, bus: sst.aws.Bus, accounts: readonly string[]): void {
  const wanted = rulesOf(stage).map(({ pattern }) => pattern);
  new aws.cloudwatch.EventBusPolicy("HubMembers", {
    eventBusName: bus.name,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["events:PutEvents"],
          resources: [bus.arn],
          principals: [{ type: "AWS", identifiers: accounts.map((id) => `arn:${stage.partition}:iam::${id}:root`) }],
          conditions: [
            {
              test: "StringEquals",
              variable: "events:source",
              values: [...new Set(wanted.flatMap(({ source }) => source))],
            },
            {
              test: "ArnLike",
              variable: "aws:PrincipalArn",
              values: accounts.map((id) => `arn:${stage.partition}:iam::${id}:role/musterbook-forward*`),
            },
          ],
        },
      ],
    }).json,
  });
}

function subscribe(
  { queues, topics: published }: Events,
  of: { readonly topic: string; readonly filter: Pattern; readonly queue: string },
): void {
  const queue = needed(queues, of.queue);
  const { arn: topic } = needed(published, of.topic);
  new aws.sns.TopicSubscription(`${logicalName(of.queue)}Subscription`, {
    topic,
    protocol: "sqs",
    endpoint: queue.arn,
    rawMessageDelivery: true,
    filterPolicy: JSON.stringify(of.filter),
    redrivePolicy: $jsonStringify({ deadLetterTargetArn: needed(queues, UNDELIVERED).arn }),
  });
  policy(of.queue, queue, { service: "sns.amazonaws.com", sources: [topic] });
}

/** SQS knows one policy per queue, and each of ours has one kind of sender; here come both. */
function allowUndelivered(stage: Stage, { queues, topics: published }: Events): void {
  const queue = needed(queues, UNDELIVERED);
  const rule = `arn:${stage.partition}:events:${stage.region}:${stage.account}:rule/${stage.name("*")}`;
  const hubRule = `arn:${stage.partition}:events:${stage.region}:${stage.account}:rule/${stage.name("hub")}/*`;
  new aws.sqs.QueuePolicy(`${logicalName(UNDELIVERED)}Policy`, {
    queueUrl: queue.url,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        mayDeliver({ service: "events.amazonaws.com", queue: queue.arn, sources: [rule, hubRule] }),
        mayDeliver({
          service: "sns.amazonaws.com",
          queue: queue.arn,
          sources: [...published.values()].map(({ arn }) => arn),
        }),
      ],
    }).json,
  });
}

function policy(
  name: string,
  queue: sst.aws.Queue,
  of: { readonly service: string; readonly sources: readonly $util.Output<string>[] },
): void {
  new aws.sqs.QueuePolicy(`${logicalName(name)}Policy`, {
    queueUrl: queue.url,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [mayDeliver({ ...of, queue: queue.arn })],
    }).json,
  });
}

export function needed<T>(made: ReadonlyMap<string, T>, name: string): T {
  const one = made.get(name);
  if (one === undefined) throw new Error(`the wiring names ${name}, which this stage does not make`);
  return one;
}
