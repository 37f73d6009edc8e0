import { randomInt } from "node:crypto";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsScope, awsConfig } from "#aws/config";
import { receiveMessages } from "#test/real/aws/poller";

/** Gets what others get, beside them. */
export interface Witness {
  /** Bodies of everything so far. */
  seen(): Promise<readonly string[]>;
}

export async function witnessOfBus(hub: AwsScope, pattern: object): Promise<Witness> {
  const { arn, witness } = await witnessQueue(hub);
  const events = new EventBridgeClient(awsConfig(hub));
  const Name = `witness-${randomInt(1e9)}`;
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "witness", Arn: arn }] }));
  return witness;
}

export async function witnessOfTopic(hub: AwsScope, TopicArn: string): Promise<Witness> {
  const { arn, witness } = await witnessQueue(hub);
  const Attributes = { RawMessageDelivery: "true" };
  await new SNSClient(awsConfig(hub)).send(
    new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arn, Attributes }),
  );
  return witness;
}

const ANYBODY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
});

async function witnessQueue(hub: AwsScope): Promise<{ readonly arn: string; readonly witness: Witness }> {
  const client = new SQSClient(awsConfig(hub));
  const { QueueUrl = "" } = await client.send(
    new CreateQueueCommand({ QueueName: `witness-${randomInt(1e9)}`, Attributes: { Policy: ANYBODY } }),
  );
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  const bodies = new Map<string, string>();
  const seen = async () => {
    // What is received stays away for its visibility: a second look gets the next.
    for (const { MessageId = "", Body = "" } of await receiveMessages(client, { QueueUrl, MaxNumberOfMessages: 10 })) {
      bodies.set(MessageId, Body);
    }
    return [...bodies.values()];
  };
  return { arn: Attributes?.QueueArn ?? "", witness: { seen } };
}
