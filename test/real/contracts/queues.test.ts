import { SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe } from "vitest";
import { awsConfig } from "#aws/config";
import { sqsQueues } from "#aws/sqs-queues";
import { defineQueuesContract, QUEUES } from "#test/contracts/queues";
import { newAccount } from "#test/real/aws/account";
import { type MovedClock, ministackWithMovedClock } from "#test/real/aws/moved-clock";
import { pollOnce, receiveMessages } from "#test/real/aws/poller";
import { installWiring } from "#test/real/aws/wiring";

let ministack: MovedClock;

beforeAll(async () => {
  ministack = await ministackWithMovedClock();
});

describe("on ministack", () =>
  defineQueuesContract("sqsQueues", async () => {
    const scope = newAccount(ministack.emulator);
    const { queueUrls, queueArns } = await installWiring(scope, { queues: QUEUES });
    const client = new SQSClient(awsConfig(scope));
    return {
      queues: sqsQueues(scope, queueUrls),
      deliver: async (queue, answer) => {
        const polled = { client, url: queueUrls[queue], arn: queueArns[queue], batchSize: 10 };
        const { received } = await pollOnce(polled, ({ Records }) => answer(Records));
        return received;
      },
      pass: ministack.pass,
      dead: async (queue) => {
        const letters = { QueueUrl: queueUrls[queue], MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
        return (await receiveMessages(client, letters)).map(({ Body }) => Body);
      },
    };
  }));
