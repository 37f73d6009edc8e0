import type { SQSEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import type { LambdaHandler } from "#local/runtime/lambda";
import type { Delivery } from "#local/runtime/source";
import { localWorld, START } from "#test/packages/local/runtime/world";

const queues = {
  work: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 2, deadLetterQueue: "work-dlq" },
  "looks.fifo": { fifo: true, visibilitySeconds: 30, maxReceiveCount: 2, deadLetterQueue: "looks-dlq.fifo" },
} as const;
const functions = {
  "do-work": { source: { kind: "queue", queue: "work", batchSize: 1 }, timeoutSeconds: 30 },
  "do-looks": { source: { kind: "queue", queue: "looks.fifo", batchSize: 1 }, timeoutSeconds: 30 },
} as const;

function only<D extends Delivery>(pending: readonly D[]): D {
  const [delivery, ...others] = pending;
  if (delivery === undefined || others.length > 0) throw new Error(`${pending.length} deliveries are pending`);
  return delivery;
}

describe("a delivery that was looked up before", () => {
  it("gives nothing of a group that is at work meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const { runtime } = localWorld({ queues, functions }, { "do-looks": () => gate.promise });
    for (const body of ["1", "2"]) await runtime.queues.send("looks.fifo", { body, groupId: "a", dedupId: body });
    const delivery = only(runtime.pending());
    const ended = runtime.deliver(delivery);
    expect(await runtime.deliver(delivery)).toBe("nothing");
    gate.resolve();
    expect(await ended).toBe("done");
  });

  it("gives nothing of a message that was received as often as it may be", async () => {
    const { runtime, clock } = localWorld({ queues, functions }, { "do-work": () => Promise.reject(new Error("no")) });
    await runtime.queues.send("work", { body: "bad" });
    const delivery = only(runtime.pending());
    const outcomes = [];
    for (let receive = 0; receive < 3; receive += 1) {
      outcomes.push(await runtime.deliver(delivery));
      clock.advance(30_000);
    }
    expect(outcomes).toEqual(["failed", "failed", "nothing"]);
    expect(runtime.deadLetters()).toHaveLength(1);
  });
});

describe("a message whose visibility time-out ends while a function is at it", () => {
  it("is no longer that function's to delete", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    const handler: LambdaHandler = async () => {
      calls += 1;
      await gates[calls - 1]?.promise;
    };
    const { runtime, clock } = localWorld({ queues, functions }, { "do-work": handler });
    await runtime.queues.send("work", { body: "slow" });
    const first = runtime.step();
    clock.advance(30_000);
    const second = runtime.step();
    gates[0]?.resolve();
    await first;
    expect(runtime.messages("work")).toEqual([expect.objectContaining({ body: "slow", inFlight: true, receives: 2 })]);
    gates[1]?.resolve();
    await second;
    expect(runtime.messages("work")).toEqual([]);
  });
});

describe("a message that comes again", () => {
  it("tells when it came first, and how often it has come", async () => {
    const seen: unknown[] = [];
    const handler: LambdaHandler = async (event) => {
      const [record] = (event as SQSEvent).Records;
      seen.push([record?.attributes.ApproximateFirstReceiveTimestamp, record?.attributes.ApproximateReceiveCount]);
      throw new Error("no");
    };
    const { runtime, clock } = localWorld({ queues, functions }, { "do-work": handler });
    await runtime.queues.send("work", { body: "a" });
    clock.advance(1000);
    await runtime.step();
    clock.advance(30_000);
    await runtime.step();
    const first = String(Date.parse(START) + 1000);
    expect(seen).toEqual([
      [first, "1"],
      [first, "2"],
    ]);
  });
});
