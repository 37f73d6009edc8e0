import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context, SQSEvent } from "aws-lambda";
import { afterAll, describe, expect, it } from "vitest";
import type { HandlerFactory } from "#functions/lambda";
import type { LambdaContext, LambdaHandler } from "#local/runtime/lambda";
import { openDatabase } from "#local/sqlite/database";
import * as wiring from "#stacks/wiring";
import { localWorld, START } from "#test/packages/local/runtime/world";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

const NOW = Date.parse(START);
const DRILL = {
  source: "musterbook.drill",
  "detail-type": "AWS API Call via CloudTrail",
  detail: { eventSource: "eks.amazonaws.com", eventName: "CreateCluster" },
};

const queues = {
  work: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 1, deadLetterQueue: "work-dlq" },
  "looks.fifo": { fifo: true, visibilitySeconds: 30, maxReceiveCount: 1, deadLetterQueue: "looks-dlq.fifo" },
} as const;
const functions = {
  "do-work": { source: { kind: "queue", queue: "work", batchSize: 10 }, timeoutSeconds: 30 },
  "do-looks": { source: { kind: "queue", queue: "looks.fifo", batchSize: 10 }, timeoutSeconds: 30 },
} as const;

describe("createRuntime", () => {
  it("takes the functions of the deployment as they are", () => {
    const adapt = (factory: HandlerFactory, ports: Parameters<HandlerFactory>[0]): LambdaHandler => factory(ports);
    const asContext = (context: LambdaContext): Context => context;
    expect([adapt, asContext]).toHaveLength(2);
  });

  it("drives the whole wiring: an event of the bus reaches its function, and only its", async () => {
    const called: string[] = [];
    const names = Object.keys(wiring.functions) as wiring.FunctionName[];
    const handlers = Object.fromEntries(names.map((name) => [name, async () => void called.push(name)]));
    const { runtime } = localWorld<wiring.FunctionName>(wiring, handlers);
    await runtime.runUntilIdle();
    expect(called).toEqual([
      "enqueue-due",
      "sweep-fleet",
      "check-store-list",
      "enqueue-listings",
      "enqueue-audits",
      "publish-alerts",
    ]);
    called.length = 0;
    expect(await runtime.putEvent(DRILL)).toEqual(["cluster-events"]);
    expect(await runtime.serviceEvent({ ...DRILL, source: "aws.eks" })).toEqual(["cluster-events"]);
    expect(await runtime.putEvent({ ...DRILL, detail: {} })).toEqual([]);
    await runtime.runUntilIdle();
    expect(called).toEqual(["route-cluster-event"]);
  });

  it("hands a queue's function exactly the event and the context that Lambda would", async () => {
    const calls: { event: SQSEvent; context: LambdaContext; remaining: number }[] = [];
    const handler: LambdaHandler = async (event, context) => {
      clock.advance(1000);
      calls.push({ event: event as SQSEvent, context, remaining: context.getRemainingTimeInMillis() });
    };
    const { runtime, clock } = localWorld({ queues, functions }, { "do-looks": handler }, { random: () => 0.5 });
    const attributes = { reason: "because" };
    await runtime.queues.send("looks.fifo", { body: "hello", groupId: "g", dedupId: "d", attributes });
    clock.advance(5000);
    await runtime.runUntilIdle();
    const id = "80000000-8000-4000-8000-000080000000";
    expect(calls[0]?.event).toEqual({
      Records: [
        {
          messageId: id,
          receiptHandle: `${id}.1`,
          body: "hello",
          attributes: {
            ApproximateReceiveCount: "1",
            SentTimestamp: String(NOW),
            SenderId: "local",
            ApproximateFirstReceiveTimestamp: String(NOW + 5000),
            MessageGroupId: "g",
            MessageDeduplicationId: "d",
            SequenceNumber: "00000000000000000001",
          },
          messageAttributes: {
            reason: { stringValue: "because", stringListValues: [], binaryListValues: [], dataType: "String" },
          },
          md5OfBody: "5d41402abc4b2a76b9719d911017c592",
          eventSource: "aws:sqs",
          eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:looks.fifo",
          awsRegion: "us-east-1",
        },
      ],
    });
    expect(calls[0]).toMatchObject({ remaining: 29_000, context: { functionName: "do-looks", awsRequestId: id } });
    expect(() => calls[0]?.context.done()).toThrow(TypeError);
  });

  it("asks for a handler once per invocation, and takes its refusal for a failed one", async () => {
    const asked: string[] = [];
    const handlers = (name: string): LambdaHandler => {
      asked.push(name);
      if (asked.length === 2) throw new Error("no ports");
      return async () => undefined;
    };
    const { runtime } = localWorld({ queues, functions }, {}, { handlers });
    for (const body of ["a", "b"]) {
      await runtime.queues.send("work", { body });
      await runtime.step();
    }
    expect(asked).toEqual(["do-work", "do-work"]);
    expect(runtime.messages("work")).toEqual([expect.objectContaining({ body: "b", inFlight: false, receives: 1 })]);
  });

  it("keeps messages over a restart; those in flight come again after their visibility time-out", async () => {
    const path = join(scratch, "runtime.db");
    const never: LambdaHandler = () => Promise.withResolvers<undefined>().promise;
    const db = openDatabase(path);
    const patient = { ...queues, work: { ...queues.work, maxReceiveCount: 2 } };
    const before = localWorld({ queues: patient, functions }, { "do-work": never }, { db });
    await before.runtime.queues.send("work", { body: "in flight" });
    before.runtime.step().catch(() => undefined);
    await before.runtime.queues.send("work", { body: "waiting" });
    db.close();

    const seen: string[] = [];
    const record: LambdaHandler = async (event) =>
      void seen.push(...(event as SQSEvent).Records.map(({ body }) => body));
    const after = localWorld({ queues: patient, functions }, { "do-work": record }, { db: openDatabase(path) });
    await after.runtime.runUntilIdle();
    expect(seen).toEqual(["waiting"]);
    after.clock.set(after.runtime.nextAt() ?? "");
    await after.runtime.runUntilIdle();
    expect(seen).toEqual(["waiting", "in flight"]);
  });
});

describe("dead letters", () => {
  async function deadWorld() {
    const world = localWorld({ queues, functions }, { "do-looks": () => Promise.reject(new Error("no such role")) });
    await world.runtime.queues.send("looks.fifo", {
      body: "bad",
      groupId: "g",
      dedupId: "d",
      attributes: { by: "us" },
    });
    await world.runtime.runUntilIdle();
    world.clock.advance(30_000);
    await world.runtime.runUntilIdle();
    return world;
  }

  it("say where they came from, why and when, and are logged", async () => {
    const { runtime, log } = await deadWorld();
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        queue: "looks-dlq.fifo",
        origin: "looks.fifo",
        body: "bad",
        attributes: { by: "us" },
        reason: "no such role",
        sentAt: new Date(NOW),
        at: new Date(NOW + 30_000),
        receives: 1,
      }),
    ]);
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([
      { level: "error", message: "messages dead-lettered", fields: { queue: "looks.fifo", messages: 1 } },
    ]);
  });

  it("go back to where they came from, with their ids, to be tried anew", async () => {
    const { runtime } = await deadWorld();
    const [dead] = runtime.deadLetters();
    expect(runtime.redrive("looks-dlq.fifo")).toBe(1);
    expect(runtime.deadLetters()).toEqual([]);
    expect(runtime.messages("looks.fifo")).toEqual([
      expect.objectContaining({ id: dead?.id, body: "bad", groupId: "g", receives: 0, attributes: { by: "us" } }),
    ]);
    expect(runtime.pending()).toHaveLength(1);
  });

  it("are what a function puts there itself, too: by the attributes queue and reason", async () => {
    const { runtime } = localWorld({ queues, functions });
    const attributes = { reason: "not JSON. Send JSON.", queue: "work" };
    await runtime.queues.send("work-dlq", { body: "{", attributes });
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ origin: "work", reason: "not JSON. Send JSON." }),
    ]);
    expect(runtime.redrive("work-dlq")).toBe(1);
    expect(runtime.messages("work").map(({ body }) => body)).toEqual(["{"]);
  });

  it("are not those of a queue that is none, or that is not there", () => {
    const { runtime } = localWorld({ queues, functions });
    expect(() => runtime.redrive("work")).toThrow(expect.objectContaining({ reason: "unknown-queue" }));
    expect(() => runtime.messages("none")).toThrow(expect.objectContaining({ reason: "unknown-queue" }));
  });
});

describe("subscribe", () => {
  it("calls with what passes the filter, until it is ended; its failure harms nobody", async () => {
    const { runtime, log } = localWorld({ topics: ["alerts"] });
    const seen: string[] = [];
    const end = runtime.subscribe("alerts", { severity: ["critical"] }, ({ message }) => {
      seen.push(message);
      if (message === "second") throw new Error("the screen is gone");
    });
    const publish = (message: string, severity: string) =>
      runtime.topics.publish("alerts", { message, attributes: { severity } });
    await publish("first", "critical");
    await publish("other", "info");
    await publish("second", "critical");
    end();
    await publish("third", "critical");
    expect(seen).toEqual(["first", "second"]);
    expect(log.lines).toEqual([
      { level: "warn", message: "subscriber failed", fields: { topic: "alerts", error: "the screen is gone" } },
    ]);
  });

  it("forwards a publication's group to the standard queues behind the topic", async () => {
    const subscriptions = [{ topic: "alerts", filter: {}, queue: "work" }];
    const { runtime } = localWorld({ queues, topics: ["alerts"], subscriptions });
    await runtime.topics.publish("alerts", { message: "a", attributes: {}, groupId: "noisy" });
    expect(runtime.messages("work")).toEqual([expect.objectContaining({ groupId: "noisy" })]);
  });

  it("hears nothing of another topic, and neither does a queue", async () => {
    const subscriptions = [{ topic: "alerts", filter: {}, queue: "work" }];
    const { runtime } = localWorld({ queues, topics: ["alerts", "other"], subscriptions });
    const seen: string[] = [];
    runtime.subscribe("alerts", {}, ({ message }) => void seen.push(message));
    await runtime.topics.publish("other", { message: "a", attributes: {} });
    expect([seen, runtime.messages("work")]).toEqual([[], []]);
  });
});
