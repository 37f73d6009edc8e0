import type { LambdaHandler } from "#local/runtime/lambda";
import { defineBusContract } from "#test/contracts/bus";
import { type Answer, type ContractQueue, defineQueuesContract, QUEUES, type Received } from "#test/contracts/queues";
import { defineTopicsContract } from "#test/contracts/topics";
import { localWorld } from "#test/packages/local/runtime/world";

const INBOX = { inbox: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "inbox-dlq" } };

defineQueuesContract("the local runtime", async () => {
  const functions = {
    "do-work": { source: { kind: "queue", queue: "work", batchSize: 10 }, timeoutSeconds: 30 },
    "do-looks": { source: { kind: "queue", queue: "looks.fifo", batchSize: 10 }, timeoutSeconds: 30 },
  } as const;
  let delivered = 0;
  const answers: Answer[] = [];
  const handler: LambdaHandler = async (event) => {
    const { Records } = event as { Records: readonly Received[] };
    delivered = Records.length;
    return answers.at(-1)?.(Records);
  };
  const { runtime, clock } = localWorld({ queues: QUEUES, functions }, { "do-work": handler, "do-looks": handler });
  const deliver = async (queue: ContractQueue, answer: Answer): Promise<number> => {
    const delivery = runtime.pending().find((one) => one.kind === "queue" && one.queue === queue);
    if (delivery === undefined) return 0;
    answers.push(answer);
    const ended = runtime.deliver(delivery);
    const count = delivered;
    answers.pop();
    await ended;
    return count;
  };
  return {
    queues: runtime.queues,
    deliver,
    pass: async (seconds) => clock.advance(seconds * 1000),
    dead: async (queue) => runtime.messages(queue).map(({ body }) => body),
  };
});

defineTopicsContract("the local runtime", async (filter) => {
  const { runtime } = localWorld({
    queues: INBOX,
    topics: ["alerts"],
    subscriptions: [{ topic: "alerts", filter, queue: "inbox" }],
  });
  return {
    topics: runtime.topics,
    received: async () =>
      runtime.messages("inbox").map(({ body, attributes, groupId }) => ({
        message: body,
        attributes,
        ...(groupId === null ? {} : { groupId }),
      })),
  };
});

defineBusContract("the local runtime", async (pattern) => {
  const { runtime } = localWorld({ queues: INBOX, rules: [{ pattern, queue: "inbox" }] });
  return {
    put: runtime.putEvent,
    received: async () => runtime.messages("inbox").map(({ body }) => body),
  };
});
