import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, inject, it } from "vitest";
import { awsConfig } from "#aws/config";
import { ofType } from "#sst-graph/query";
import { FLEET, graphFor, TYPES } from "#test/stacks/graph";

const PATIENCE_MS = 120_000;

it(
  "deploys the program to an emulator, where a malformed event ends in its dead-letter queue with the reason",
  async () => {
    const { url: endpoint } = inject("ministack");
    const account = String(randomInt(1e11, 1e12 - 1));
    const scope = { region: "eu-west-1", endpoint, credentials: { accessKeyId: account, secretAccessKey: "none" } };
    const fleet = JSON.parse(JSON.stringify(FLEET).replaceAll("111122223333", account)) as typeof FLEET;

    const graph = await graphFor(fleet, {
      account,
      bundles: "real",
      applier: fileURLToPath(new URL("../sst/applier.ts", import.meta.url)),
      environment: { FLEET: JSON.stringify(fleet), MINISTACK_URL: endpoint },
    });
    expect(graph.errors).toEqual([]);

    const detail = { eventSource: "eks.amazonaws.com", eventName: "CreateCluster", awsRegion: 7 };
    await new EventBridgeClient(awsConfig(scope)).send(
      new PutEventsCommand({
        Entries: [
          { Source: "musterbook.drill", DetailType: "AWS API Call via CloudTrail", Detail: JSON.stringify(detail) },
        ],
      }),
    );

    const dead = ofType(graph, TYPES.queue).find(({ name }) => name === "ClusterEventsDlqQueue");
    const message = await firstMessage(new SQSClient(awsConfig(scope)), dead?.id ?? "");
    expect(message.MessageAttributes?.reason?.StringValue).toContain("event cannot be read");
    expect(message.MessageAttributes?.queue?.StringValue).toBe("cluster-events");
  },
  PATIENCE_MS * 3,
);

async function firstMessage(sqs: SQSClient, QueueUrl: string): Promise<Message> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ["All"] }),
    );
    if (Messages[0] !== undefined) return Messages[0];
  }
  throw new Error(`nothing came to ${QueueUrl}`);
}
