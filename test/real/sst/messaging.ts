import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { Arn, call, client, does, type Make, maker, maybe, text } from "#test/real/sst/maker";

const Texts = v.union([text, v.array(text)]);
/** The resource is the bus itself. */
const BusPolicy = v.object({
  Statement: v.array(
    v.object({
      Effect: v.literal("Allow"),
      Action: Texts,
      Principal: v.object({ AWS: Texts }),
      Condition: v.optional(v.record(text, v.record(text, Texts))),
    }),
  ),
});

/** Queues, topics, buses and what connects them. */
export const messaging: Readonly<Record<string, Make>> = {
  "aws:sqs/queue:Queue": maker(
    v.object({
      name: text,
      visibilityTimeoutSeconds: v.optional(v.number()),
      messageRetentionSeconds: v.optional(v.number()),
      redrivePolicy: maybe,
      fifoQueue: v.optional(v.boolean()),
    }),
    async (inputs, { place }) => {
      const sqs = client(SQSClient, place);
      const attributes: Partial<Record<QueueAttributeName, string>> = {
        ...(inputs.visibilityTimeoutSeconds ? { VisibilityTimeout: String(inputs.visibilityTimeoutSeconds) } : {}),
        ...(inputs.messageRetentionSeconds ? { MessageRetentionPeriod: String(inputs.messageRetentionSeconds) } : {}),
        ...(inputs.redrivePolicy ? { RedrivePolicy: inputs.redrivePolicy } : {}),
        ...(inputs.fifoQueue ? { FifoQueue: "true" } : {}),
      };
      const QueueName = inputs.name;
      const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
      );
      return { id: url, state: { url, arn: Attributes?.QueueArn ?? "" } };
    },
  ),
  "aws:sqs/queuePolicy:QueuePolicy": does(
    v.object({ queueUrl: text, policy: text }),
    async ({ queueUrl, policy }, { place }) => {
      await client(SQSClient, place).send(
        new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy: policy } }),
      );
    },
  ),
  "aws:sns/topic:Topic": maker(v.object({ name: text }), async (inputs, { place }) => {
    const { TopicArn = "" } = await client(SNSClient, place).send(new CreateTopicCommand({ Name: inputs.name }));
    return { id: TopicArn, state: { arn: TopicArn } };
  }),
  "aws:sns/topicSubscription:TopicSubscription": does(
    v.object({
      topic: text,
      protocol: text,
      endpoint: text,
      rawMessageDelivery: v.optional(v.boolean()),
      filterPolicy: maybe,
      redrivePolicy: maybe,
    }),
    async (inputs, { place }) => {
      const Attributes = {
        ...(inputs.rawMessageDelivery ? { RawMessageDelivery: "true" } : {}),
        ...(inputs.filterPolicy ? { FilterPolicy: inputs.filterPolicy } : {}),
        ...(inputs.redrivePolicy ? { RedrivePolicy: inputs.redrivePolicy } : {}),
      };
      const { topic: TopicArn, protocol: Protocol, endpoint: Endpoint } = inputs;
      await client(SNSClient, place).send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
    },
  ),
  "aws:cloudwatch/eventBus:EventBus": maker(v.object({ name: text }), async ({ name: Name }, { place }) => {
    const { EventBusArn: arn = "" } = await client(EventBridgeClient, place).send(new CreateEventBusCommand({ Name }));
    return { state: { arn } };
  }),
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": does(
    v.object({ eventBusName: text, policy: text }),
    async ({ eventBusName: EventBusName, policy }, { place }) => {
      const { Statement: statements } = v.parse(BusPolicy, JSON.parse(policy));
      // ministack reads no whole policy, and keeps a statement's principal and condition as they are given.
      for (const [at, { Action, Principal, Condition }] of statements.entries()) {
        const statement = { EventBusName, StatementId: String(at), Action, Principal, Condition };
        await call(place, "events", "AWSEvents.PutPermission", statement);
      }
    },
  ),
  "aws:cloudwatch/eventRule:EventRule": maker(
    v.object({ name: text, eventBusName: maybe, eventPattern: text }),
    async (inputs, { place }) => {
      const { name: Name, eventBusName: EventBusName, eventPattern: EventPattern } = inputs;
      const { RuleArn: arn = "" } = await client(EventBridgeClient, place).send(
        new PutRuleCommand({ Name, EventBusName, EventPattern }),
      );
      return { state: { arn } };
    },
  ),
  "aws:cloudwatch/eventTarget:EventTarget": does(
    v.object({ rule: text, eventBusName: maybe, arn: text, roleArn: maybe, deadLetterConfig: Arn }),
    async (inputs, { name, place }) => {
      const target = {
        Id: name,
        Arn: inputs.arn,
        ...(inputs.roleArn ? { RoleArn: inputs.roleArn } : {}),
        DeadLetterConfig: { Arn: inputs.deadLetterConfig.arn },
      };
      const { rule: Rule, eventBusName: EventBusName } = inputs;
      await client(EventBridgeClient, place).send(new PutTargetsCommand({ Rule, EventBusName, Targets: [target] }));
    },
  ),
};
