import { SQSClient } from "@aws-sdk/client-sqs";
import type { SQSRecord } from "aws-lambda";
import { describe, expect, inject, it } from "vitest";
import { awsConfig } from "#aws/config";
import { eventBus } from "#aws/event-bus";
import { snsTopics } from "#aws/sns-topics";
import { sqsQueues } from "#aws/sqs-queues";
import { messagingId } from "#fleet/message-limits";
import type { SqsRecord } from "#local/runtime/sqs-event";
import * as wiring from "#stacks/wiring";
import { localWorld } from "#test/packages/local/runtime/world";
import { newAccount } from "#test/real/aws/account";
import { pollOnce } from "#test/real/aws/poller";
import { installWiring } from "#test/real/aws/wiring";

const DRILL = {
  source: "musterbook.drill",
  "detail-type": "AWS API Call via CloudTrail",
  detail: { eventSource: "eks.amazonaws.com", eventName: "CreateCluster" },
};

/** What stacks/wiring.ts names, in an account of its own, and a way to receive. */
async function installed() {
  const scope = newAccount(inject("ministack"));
  const names = await installWiring(scope, wiring);
  const client = new SQSClient(awsConfig(scope));
  const receive = async (queue: wiring.QueueName, answer?: unknown): Promise<readonly SqsRecord[]> => {
    const records: SqsRecord[] = [];
    const polled = { client, url: names.queueUrls[queue], arn: names.queueArns[queue], batchSize: 10, waitSeconds: 5 };
    await pollOnce(polled, ({ Records }) => {
      records.push(...Records);
      return answer;
    });
    return records;
  };
  return { scope, ...names, receive };
}

describe("the wiring on ministack", () => {
  it("has every queue with its dead-letter queue, those of schedules and streams, and every topic", async () => {
    const { queueUrls, topicArns } = await installed();
    const deadLetters = Object.values(wiring.queues).map(({ deadLetterQueue }) => deadLetterQueue);
    const expected = [...Object.keys(wiring.queues), ...deadLetters, "schedules-dlq", "stream-dlq"];
    expect(Object.keys(queueUrls).sort()).toEqual(expected.sort());
    expect(Object.keys(topicArns)).toEqual([...wiring.topics]);
  });

  it("leads a drill from the bus into its queue", async () => {
    const { scope, receive } = await installed();
    await eventBus(scope).putEvent(DRILL);
    const [record] = await receive("cluster-events");
    expect(JSON.parse(record?.body ?? "{}")).toMatchObject(DRILL);
  });

  it("leads a publication that passes the filter into its queue, attributes and group with it", async () => {
    const { scope, topicArns, receive } = await installed();
    const publication = { message: "late", attributes: { severity: "critical" }, groupId: "prod-a" };
    await snsTopics(scope, topicArns).publish("musterbook-alerts", publication);
    const [record] = await receive("alerts-slack");
    expect(record).toMatchObject({
      body: "late",
      attributes: { MessageGroupId: "prod-a" },
      messageAttributes: { severity: { stringValue: "critical", dataType: "String" } },
    });
  });

  it("keeps looks at one cluster in order, whose ARN is as long as it may be", async () => {
    const { scope, queueUrls, receive } = await installed();
    const groupId = messagingId(`arn:aws-us-gov:eks:us-gov-east-1:111122223333:cluster/${"x".repeat(100)}`);
    const queues = sqsQueues(scope, queueUrls);
    for (const body of ["1", "2"]) await queues.send("clusters.fifo", { body, groupId, dedupId: body });
    expect((await receive("clusters.fifo")).map(({ body }) => body)).toEqual(["1", "2"]);
  });
});

describe("a record of the poller", () => {
  // Lambda's types demand mutable lists.
  type Readonlyed = Omit<SQSRecord, "messageAttributes">;
  const asLambda = (record: SqsRecord): Readonlyed => record;

  it.each<[wiring.QueueName, object]>([
    ["cluster-events", {}],
    ["clusters.fifo", { groupId: "g", dedupId: "d" }],
  ])("of %s has the shape of the local runtime's", async (queue, ids) => {
    const message = { body: "b", attributes: { reason: "late" }, ...ids };
    const { scope, queueUrls, receive } = await installed();
    await sqsQueues(scope, queueUrls).send(queue, message);
    const [real] = (await receive(queue)).map(asLambda);
    const local = await localRecord(queue, message);
    expect(shapeOf({ ...real, md5OfMessageAttributes: undefined })).toEqual(shapeOf(local));
    expect(real).toMatchObject({ body: local.body, messageAttributes: local.messageAttributes });
  });
});

async function localRecord(queue: wiring.QueueName, message: { readonly body: string }): Promise<SqsRecord> {
  const records: SqsRecord[] = [];
  const functions = { take: { source: { kind: "queue", queue, batchSize: 1 }, timeoutSeconds: 30 } } as const;
  const { runtime } = localWorld(
    { queues: wiring.queues, functions },
    {
      take: async (event) => {
        const { Records } = event as { readonly Records: readonly SqsRecord[] };
        records.push(...Records);
      },
    },
  );
  await runtime.queues.send(queue, message);
  await runtime.step();
  const [record] = records;
  if (record === undefined) throw new Error("the local runtime delivered nothing");
  return record;
}

/** Names of fields with the types of their values, at every depth. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.sort().map(([name, field]) => [name, shapeOf(field)]));
}
