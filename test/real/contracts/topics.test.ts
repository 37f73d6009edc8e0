import { describe, inject } from "vitest";
import { snsTopics } from "#aws/sns-topics";
import { defineTopicsContract } from "#test/contracts/topics";
import { newAccount } from "#test/real/aws/account";
import { INBOXES, inboxReader } from "#test/real/aws/inbox";
import { installWiring } from "#test/real/aws/wiring";

describe.concurrent("on ministack", () =>
  defineTopicsContract("snsTopics", async (filter) => {
    const scope = newAccount(inject("ministack"));
    const { queueUrls, topicArns } = await installWiring(scope, {
      queues: INBOXES,
      topics: ["alerts"],
      subscriptions: [
        { topic: "alerts", filter, queue: "inbox" },
        { topic: "alerts", filter: {}, queue: "witness" },
      ],
    });
    const topics = snsTopics(scope, topicArns);
    const read = inboxReader(scope, queueUrls);
    let sent = 0;
    return {
      topics: {
        publish: async (topic, publication) => {
          await topics.publish(topic, publication);
          sent += 1;
        },
      },
      received: async () => {
        const messages = await read(sent);
        return messages.map(({ Body, Attributes, MessageAttributes }) => ({
          message: Body,
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
          ),
          ...(Attributes.MessageGroupId === undefined ? {} : { groupId: Attributes.MessageGroupId }),
        }));
      },
    };
  }));
