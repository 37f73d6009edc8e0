import { PublishCommand, type PublishCommandInput, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, inject, it } from "vitest";
import { awsConfig } from "#aws/config";
import { textAttributes } from "#aws/sqs-queues";
import { QUEUES } from "#test/contracts/queues";
import { newAccount } from "#test/real/aws/account";
import { installWiring } from "#test/real/aws/wiring";

async function installed() {
  const scope = newAccount(inject("ministack"));
  const { queueUrls, topicArns } = await installWiring(scope, { queues: QUEUES, topics: ["alerts"] });
  return { scope, queueUrls, topicArns };
}

const ELEVEN = textAttributes(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, "x"])));
const EMPTY = textAttributes({ severity: "" });
const LARGE = textAttributes({ a: "x" });

type Sent = Omit<SendMessageCommandInput, "QueueUrl">;
type Published = Omit<PublishCommandInput, "TopicArn">;

const A = { MessageBody: "a" } as const;

/** What packages/fleet/message-limits.ts refuses before it is sent, asked of the server itself. */
describe.concurrent("on ministack", () => {
  it.each<[string, keyof typeof QUEUES, Sent]>([
    ["more than 1 MiB", "work", { MessageBody: "x".repeat(1_048_577) }],
    ["more than 1 MiB with the attributes", "work", { MessageBody: "x".repeat(1_048_576), MessageAttributes: LARGE }],
    ["an empty body", "work", { MessageBody: "" }],
    ["eleven attributes", "work", { ...A, MessageAttributes: ELEVEN }],
    ["an empty attribute", "work", { ...A, MessageAttributes: EMPTY }],
    ["a deduplication id on a standard queue", "work", { ...A, MessageDeduplicationId: "a" }],
    ["a FIFO message without a group", "looks.fifo", { ...A, MessageDeduplicationId: "a" }],
    ["a FIFO message without a deduplication id", "looks.fifo", { ...A, MessageGroupId: "a" }],
    ["a long group", "looks.fifo", { ...A, MessageDeduplicationId: "a", MessageGroupId: "g".repeat(129) }],
    ["a space in a group", "looks.fifo", { ...A, MessageDeduplicationId: "a", MessageGroupId: "a b" }],
  ])("SQS refuses %s", async (_, queue, message) => {
    const { scope, queueUrls } = await installed();
    const sending = new SQSClient(awsConfig(scope)).send(
      new SendMessageCommand({ QueueUrl: queueUrls[queue], ...message }),
    );
    await expect(sending).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it.each<[string, Published]>([
    ["more than 256 KiB", { Message: "x".repeat(262_145) }],
    ["more than 256 KiB with the attributes", { Message: "x".repeat(262_144), MessageAttributes: LARGE }],
    ["an empty message", { Message: "" }],
    ["an empty attribute", { Message: "a", MessageAttributes: EMPTY }],
    ["a long group", { Message: "a", MessageGroupId: "g".repeat(129) }],
  ])("SNS refuses %s", async (_, message) => {
    const { scope, topicArns } = await installed();
    const publishing = new SNSClient(awsConfig(scope)).send(
      new PublishCommand({ TopicArn: topicArns.alerts, ...message }),
    );
    await expect(publishing).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });
});
