import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type AwsScope, awsConfig } from "#aws/config";
import { isFifo } from "#fleet/message-limits";
import type { FunctionWiring, QueueWiring, RuleWiring, SubscriptionWiring } from "#stacks/wiring";

export interface MessagingWiring<Q extends string, T extends string> {
  readonly queues: Readonly<Record<Q, QueueWiring>>;
  readonly topics?: readonly T[];
  readonly rules?: readonly RuleWiring[];
  readonly subscriptions?: readonly SubscriptionWiring[];
  /** For the dead-letter queues of schedules and streams. */
  readonly functions?: Readonly<Record<string, FunctionWiring>>;
}

type Named<N extends string> = Readonly<Record<N, string>> & Readonly<Record<string, string>>;

export interface Installed<Q extends string, T extends string> {
  /** Dead-letter queues among them. */
  readonly queueUrls: Named<Q>;
  readonly queueArns: Named<Q>;
  readonly topicArns: Named<T>;
}

interface Clients {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly events: EventBridgeClient;
}

interface Queue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

/** Makes what a wiring names, in one region of one account that has nothing of it yet; rules are on the default bus. */
export async function installWiring<Q extends string, T extends string = never>(
  scope: AwsScope,
  wiring: MessagingWiring<Q, T>,
): Promise<Installed<Q, T>> {
  const config = awsConfig(scope);
  const clients = { sqs: new SQSClient(config), sns: new SNSClient(config), events: new EventBridgeClient(config) };
  const queues = await makeQueues(clients, wiring);
  const topicArns = await makeTopics(clients, wiring.topics ?? []);
  const ruleArns = await makeRules(clients, wiring.rules ?? []);
  const arnOf = (name: string) => found(queues, name).arn;
  const feeds: readonly Feed[] = [
    ...(wiring.rules ?? []).map(({ queue }, index) => ({ queue, from: EVENTS, arn: ruleArns[index] ?? "" })),
    ...(wiring.subscriptions ?? []).map(({ queue, topic }) => ({ queue, from: SNS, arn: topicArns[topic] ?? "" })),
  ];
  await allowFeeds(clients, queues, feeds);
  await connectRules(clients, wiring.rules ?? [], arnOf);
  await connectTopics(clients, wiring.subscriptions ?? [], { arnOf, topicArns });
  return {
    queueUrls: named<Q>(queues.map(({ name, url }) => [name, url])),
    queueArns: named<Q>(queues.map(({ name, arn }) => [name, arn])),
    topicArns: named<T>(Object.entries(topicArns)),
  };
}

// Every name of the wiring is among the entries: they were made from it.
function named<N extends string>(entries: readonly (readonly [string, string])[]): Named<N> {
  return Object.fromEntries(entries) as Named<N>;
}

const SNS = "sns.amazonaws.com" as const;
const EVENTS = "events.amazonaws.com" as const;

async function makeQueues<Q extends string, T extends string>(
  clients: Clients,
  { queues, functions = {} }: MessagingWiring<Q, T>,
): Promise<readonly Queue[]> {
  const wired = Object.entries<QueueWiring>(queues);
  const letters = Object.values(functions).flatMap(({ source }) =>
    source.kind === "queue" ? [] : [source.deadLetterQueue],
  );
  const names = new Set([...wired.map(([, { deadLetterQueue }]) => deadLetterQueue), ...letters]);
  const dead = await Promise.all([...names].map((name) => makeQueue(clients, name, {})));
  const living = wired.map(([name, { visibilitySeconds, maxReceiveCount, deadLetterQueue }]) =>
    makeQueue(clients, name, {
      VisibilityTimeout: String(visibilitySeconds),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: found(dead, deadLetterQueue).arn, maxReceiveCount }),
    }),
  );
  return [...dead, ...(await Promise.all(living))];
}

async function makeQueue(
  { sqs }: Clients,
  name: string,
  attributes: Partial<Record<QueueAttributeName, string>>,
): Promise<Queue> {
  const Attributes = { ...attributes, ...(isFifo(name) ? { FifoQueue: "true" } : {}) };
  const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const read = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }));
  return { name, url, arn: read.Attributes?.QueueArn ?? "" };
}

function found(queues: readonly Queue[], name: string): Queue {
  const queue = queues.find((one) => one.name === name);
  if (queue === undefined) throw new TypeError(`the wiring names no queue ${name}`);
  return queue;
}

async function makeTopics({ sns }: Clients, topics: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const made = topics.map(async (name) => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: name }));
    return [name, TopicArn] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

const ruleName = (index: number): string => `musterbook-${index}`;

async function makeRules({ events }: Clients, rules: readonly RuleWiring[]): Promise<readonly string[]> {
  const made = rules.map(async ({ pattern }, index) => {
    const rule = { Name: ruleName(index), EventPattern: JSON.stringify(pattern), State: "ENABLED" } as const;
    const { RuleArn = "" } = await events.send(new PutRuleCommand(rule));
    return RuleArn;
  });
  return Promise.all(made);
}

interface Feed {
  readonly queue: string;
  readonly from: typeof SNS | typeof EVENTS;
  /** Of the rule or the topic, which alone may send. */
  readonly arn: string;
}

async function allowFeeds({ sqs }: Clients, queues: readonly Queue[], feeds: readonly Feed[]): Promise<void> {
  const fed = queues.filter(({ name }) => feeds.some(({ queue }) => queue === name));
  const settings = fed.map(({ name, url, arn }) => {
    const Statement = feeds
      .filter(({ queue }) => queue === name)
      .map((feed) => ({
        Effect: "Allow",
        Principal: { Service: feed.from },
        Action: "sqs:SendMessage",
        Resource: arn,
        Condition: { ArnEquals: { "aws:SourceArn": feed.arn } },
      }));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    return sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  });
  await Promise.all(settings);
}

async function connectRules(
  { events }: Clients,
  rules: readonly RuleWiring[],
  arnOf: (queue: string) => string,
): Promise<void> {
  const connected = rules.map(async ({ queue }, index) => {
    const Targets = [{ Id: queue.replaceAll(/\W/g, "-"), Arn: arnOf(queue) }];
    const answer = await events.send(new PutTargetsCommand({ Rule: ruleName(index), Targets }));
    if (answer.FailedEntryCount !== 0) throw new Error(`no target: ${JSON.stringify(answer.FailedEntries)}`);
  });
  await Promise.all(connected);
}

interface Ends {
  readonly arnOf: (queue: string) => string;
  readonly topicArns: Readonly<Record<string, string>>;
}

/** One after the other, since SNS may deliver in the order of subscribing. */
async function connectTopics(
  { sns }: Clients,
  subscriptions: readonly SubscriptionWiring[],
  { arnOf, topicArns }: Ends,
): Promise<void> {
  for (const { topic, queue, filter } of subscriptions) {
    // An empty policy would be none.
    const policy = Object.keys(filter).length === 0 ? {} : { FilterPolicy: JSON.stringify(filter) };
    await sns.send(
      new SubscribeCommand({
        TopicArn: topicArns[topic],
        Protocol: "sqs",
        Endpoint: arnOf(queue),
        Attributes: { RawMessageDelivery: "true", ...policy },
      }),
    );
  }
}
