import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import type { OutgoingMessage, Queues } from "#fleet/messaging";
import type { QueueWiring } from "#stacks/wiring";

/** The queues that a world has, each in front of a function that takes up to 10 messages. */
export const QUEUES = {
  work: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "work-dlq" },
  "looks.fifo": { fifo: true, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "looks-dlq.fifo" },
} as const satisfies Record<string, QueueWiring>;

export type ContractQueue = keyof typeof QUEUES;

/** What these tests read of a record of Lambda's SQS event. */
export interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly MessageGroupId?: string };
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string; readonly dataType: string }>>;
  readonly eventSourceARN: string;
}

export type Answer = (records: readonly Received[]) => unknown;

export interface QueuesWorld {
  readonly queues: Queues;
  /** Hands one batch to `answer` as Lambda hands it to a function, and settles by what it answers; how many there were. */
  deliver(queue: ContractQueue, answer: Answer): Promise<number>;
  /** Lets time pass. */
  pass(seconds: number): Promise<void>;
  /** The bodies in a dead-letter queue. */
  dead(queue: string): Promise<readonly string[]>;
}

const bodies = (records: readonly Received[]): string[] => records.map(({ body }) => body);

const fail = (): never => {
  throw new Error("the function failed");
};

function failing(...failed: readonly string[]): Answer {
  return (records) => ({
    batchItemFailures: records
      .filter(({ body }) => failed.includes(body))
      .map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
}

/** What is delivered next, done with. */
async function next(world: QueuesWorld, queue: ContractQueue): Promise<string[]> {
  const seen: string[] = [];
  await world.deliver(queue, (records) => void seen.push(...bodies(records)));
  return seen;
}

/** Queues in front of functions, wherever they are (the port: packages/fleet/messaging.ts). */
export function defineQueuesContract(name: string, make: () => Promise<QueuesWorld>): void {
  describe(`${name}, as queues`, () => {
    describeStandard(make);
    describeGivingUp(make);
    describeFifo(make);
    describeAnswers(make);
    describeRefusals(make);
  });
}

function describeStandard(make: () => Promise<QueuesWorld>): void {
  it("hand over what was sent, with its attributes, once it is done no more", async () => {
    const world = await make();
    await world.queues.send("work", { body: "a", attributes: { severity: "critical" } });
    const seen: Received[] = [];
    expect(await world.deliver("work", (records) => void seen.push(...records))).toBe(1);
    expect(seen[0]?.messageAttributes).toMatchObject({ severity: { stringValue: "critical", dataType: "String" } });
    expect(seen[0]?.eventSourceARN).toMatch(/^arn:aws:sqs:.*:work$/);
    await world.pass(31);
    expect(await next(world, "work")).toEqual([]);
  });

  it("take a group on a standard queue, which holds nothing up", async () => {
    const world = await make();
    await world.queues.send("work", { body: "a", groupId: "g" });
    await world.queues.send("work", { body: "b", groupId: "g" });
    await world.deliver("work", failing("a"));
    await world.queues.send("work", { body: "c", groupId: "g" });
    expect(await next(world, "work")).toEqual(["c"]);
  });

  it("hide what is being worked on, for the visibility time-out", async () => {
    const world = await make();
    await world.queues.send("work", { body: "a" });
    const during: string[] = [];
    await world.deliver("work", async () => void during.push(...(await next(world, "work"))));
    expect(during).toEqual([]);
  });

  it("hand over again what failed, after the visibility time-out, and count", async () => {
    const world = await make();
    await world.queues.send("work", { body: "a" });
    const counts: string[] = [];
    const count: Answer = (records) => {
      counts.push(...records.map(({ attributes }) => attributes.ApproximateReceiveCount));
      return fail();
    };
    await world.deliver("work", count);
    expect(await world.deliver("work", count)).toBe(0);
    await world.pass(31);
    await world.deliver("work", count);
    expect(counts).toEqual(["1", "2"]);
  });
}

function describeGivingUp(make: () => Promise<QueuesWorld>): void {
  it("dead-letter what was received as often as it may be", async () => {
    const world = await make();
    await world.queues.send("work", { body: "bad" });
    for (let receive = 0; receive < QUEUES.work.maxReceiveCount; receive += 1) {
      expect(await world.dead("work-dlq")).toEqual([]);
      expect(await world.deliver("work", fail)).toBe(1);
      await world.pass(31);
    }
    expect(await world.deliver("work", fail)).toBe(0);
    expect(await world.dead("work-dlq")).toEqual(["bad"]);
  });

  it("free a group once its message is dead", async () => {
    const world = await make();
    await world.queues.send("looks.fifo", look("bad", "a"));
    for (let receive = 0; receive < QUEUES["looks.fifo"].maxReceiveCount; receive += 1) {
      await world.deliver("looks.fifo", failing("bad"));
      await world.pass(31);
    }
    await world.queues.send("looks.fifo", look("good", "a"));
    expect(await next(world, "looks.fifo")).toEqual(["good"]);
    expect(await world.dead("looks-dlq.fifo")).toEqual(["bad"]);
  });
}

function look(body: string, groupId: string, dedupId = body): OutgoingMessage {
  return { body, groupId, dedupId };
}

function describeFifo(make: () => Promise<QueuesWorld>): void {
  it("keep the order within a group, several messages to a batch", async () => {
    const world = await make();
    for (const body of ["a1", "a2", "a3"]) await world.queues.send("looks.fifo", look(body, "a"));
    expect(await next(world, "looks.fifo")).toEqual(["a1", "a2", "a3"]);
  });

  it("hand over nothing of a group while one of its messages is out, and the rest of the others", async () => {
    const world = await make();
    await world.queues.send("looks.fifo", look("a1", "a"));
    const during: string[] = [];
    await world.deliver("looks.fifo", async () => {
      await world.queues.send("looks.fifo", look("a2", "a"));
      await world.queues.send("looks.fifo", look("b1", "b"));
      during.push(...(await next(world, "looks.fifo")));
    });
    expect(during).toEqual(["b1"]);
    expect(await next(world, "looks.fifo")).toEqual(["a2"]);
  });

  it("lock the group of what a function gives back, and no other of the batch", async () => {
    const world = await make();
    for (const body of ["a1", "b1"]) await world.queues.send("looks.fifo", look(body, body.charAt(0)));
    let seen = 0;
    while (seen < 2) seen += await world.deliver("looks.fifo", failing("a1"));
    for (const body of ["a2", "b2"]) await world.queues.send("looks.fifo", look(body, body.charAt(0)));
    expect(await next(world, "looks.fifo")).toEqual(["b2"]);
    await world.pass(31);
    expect(await next(world, "looks.fifo")).toEqual(["a1", "a2"]);
  });

  it("keep a group locked behind what failed, and its order afterwards", async () => {
    const world = await make();
    for (const body of ["a1", "a2"]) await world.queues.send("looks.fifo", look(body, "a"));
    await world.deliver("looks.fifo", fail);
    await world.queues.send("looks.fifo", look("a3", "a"));
    expect(await next(world, "looks.fifo")).toEqual([]);
    await world.pass(31);
    expect(await next(world, "looks.fifo")).toEqual(["a1", "a2", "a3"]);
  });

  it("drop a message with the same deduplication id for five minutes, done with or not", async () => {
    const world = await make();
    await world.queues.send("looks.fifo", look("first", "a", "same"));
    expect(await next(world, "looks.fifo")).toEqual(["first"]);
    await world.queues.send("looks.fifo", look("second", "b", "same"));
    expect(await next(world, "looks.fifo")).toEqual([]);
    await world.pass(301);
    await world.queues.send("looks.fifo", look("third", "a", "same"));
    expect(await next(world, "looks.fifo")).toEqual(["third"]);
  });
}

function describeAnswers(make: () => Promise<QueuesWorld>): void {
  it("keep the messages of a batch that a function names, and no other", async () => {
    const world = await make();
    for (const body of ["a", "b", "c"]) await world.queues.send("work", { body });
    let seen = 0;
    while (seen < 3) seen += await world.deliver("work", failing("b"));
    await world.pass(31);
    expect(await next(world, "work")).toEqual(["b"]);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty object", {}],
    ["an empty list", { batchItemFailures: [] }],
    ["null for a list", { batchItemFailures: null }],
  ])("take %s for success", async (_, response) => {
    const world = await make();
    await world.queues.send("work", { body: "a" });
    await world.deliver("work", () => response);
    await world.pass(31);
    expect(await next(world, "work")).toEqual([]);
  });

  it.each([
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["a null identifier", { batchItemFailures: [{ itemIdentifier: null }] }],
    ["an identifier of no message", { batchItemFailures: [{ itemIdentifier: "other" }] }],
    ["a wrong key", { batchItemFailures: [{ id: "x" }] }],
    ["no list", { batchItemFailures: "a" }],
    ["no object", "done"],
  ])("take %s for a failure of the whole batch", async (_, response) => {
    const world = await make();
    await world.queues.send("work", { body: "a" });
    await world.deliver("work", () => response);
    await world.pass(31);
    expect(await next(world, "work")).toEqual(["a"]);
  });
}

const FIFO = "looks.fifo";
const ELEVEN = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, "x"]));

function describeRefusals(make: () => Promise<QueuesWorld>): void {
  it.each<[string, string, OutgoingMessage]>([
    ["more than 1 MiB", "work", { body: "x".repeat(1_048_577) }],
    ["an empty body", "work", { body: "" }],
    ["eleven attributes", "work", { body: "a", attributes: ELEVEN }],
    ["an empty attribute", "work", { body: "a", attributes: { severity: "" } }],
    ["a control character", "work", { body: "a\u0000" }],
    ["half of a character", "work", { body: "a\ud83d" }],
    ["no character in an attribute", "work", { body: "a", attributes: { reason: "\uffff" } }],
    ["an attribute with a space in its name", "work", { body: "a", attributes: { "the reason": "x" } }],
    ["a space in a group", FIFO, { body: "a", dedupId: "a", groupId: "a b" }],
    ["a message without a group on a FIFO queue", FIFO, { body: "a", dedupId: "a" }],
    ["a message without a deduplication id on a FIFO queue", FIFO, { body: "a", groupId: "a" }],
    ["a group of more than 128 characters", FIFO, { body: "a", dedupId: "a", groupId: "g".repeat(129) }],
    ["a deduplication id on a standard queue", "work", { body: "a", dedupId: "a" }],
    ["a queue that is not there", "none", { body: "a" }],
  ])("refuse %s", async (_, queue, message) => {
    const { queues } = await make();
    await expect(queues.send(queue, message)).rejects.toThrow(TerminalError);
  });

  it("take every other character, unchanged", async () => {
    const world = await make();
    const body = "\t\n\r \u007f\u0085é\ud7ff\ue000\ufffd\u{1f4df}\u{10ffff}";
    await world.queues.send("work", { body });
    expect(await next(world, "work")).toEqual([body]);
  });

  it("take 1 MiB", async () => {
    const world = await make();
    await world.queues.send("work", { body: "x".repeat(1_048_576) });
    expect(await next(world, "work")).toEqual([expect.stringMatching(/^x{1048576}$/)]);
  });
}
