import { describe, expect, it } from "vitest";
import { checkWiring } from "#local/runtime/check-wiring";
import type { Wiring } from "#local/runtime/source";
import * as wiring from "#stacks/wiring";
import { NOTHING_WIRED } from "#test/packages/local/runtime/world";

const work = { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "work-dlq" };
const looks = { ...work, fifo: true, deadLetterQueue: "looks-dlq.fifo" };
const worker = { source: { kind: "queue", queue: "work", batchSize: 10 }, timeoutSeconds: 30 } as const;
const tick = { kind: "schedule", rate: "rate(1 minute)", input: {}, retries: 0, deadLetterQueue: "ticks-dlq" } as const;

describe("checkWiring", () => {
  it("accepts the wiring of the deployment, and knows its queues", () => {
    const known = checkWiring(wiring);
    expect(known.deadLetter).toEqual(
      new Set([
        "cluster-events-dlq",
        "clusters-dlq.fifo",
        "block-events-dlq",
        "listings-dlq.fifo",
        "audits-dlq.fifo",
        "alerts-slack-dlq",
        "schedules-dlq",
        "stream-dlq",
      ]),
    );
    expect([...Object.keys(wiring.queues), ...known.deadLetter].every((name) => known.names.has(name))).toBe(true);
  });

  it.each<[string, Partial<Wiring<string>>, string]>([
    ["a FIFO queue whose name does not say so", { queues: { work: looks } }, "queues.work"],
    ["a standard queue whose name says FIFO", { queues: { "work.fifo": work } }, "queues.work.fifo"],
    [
      "a FIFO queue with a standard dead-letter queue",
      { queues: { "looks.fifo": { ...looks, deadLetterQueue: "dlq" } } },
      "queues.looks.fifo.deadLetterQueue",
    ],
    ["no receive at all", { queues: { work: { ...work, maxReceiveCount: 0 } } }, "queues.work.maxReceiveCount"],
    [
      "a visibility time-out below the function's time-out",
      { queues: { work }, functions: { worker: { ...worker, timeoutSeconds: 31 } } },
      "functions.worker.source",
    ],
    ["a function of a queue that is not there", { functions: { worker } }, "functions.worker.source"],
    [
      "a batch of eleven",
      { queues: { work }, functions: { worker: { ...worker, source: { ...worker.source, batchSize: 11 } } } },
      "functions.worker.source",
    ],
    [
      "a FIFO dead-letter queue for a schedule",
      { functions: { tick: { source: { ...tick, deadLetterQueue: "dlq.fifo" }, timeoutSeconds: 30 } } },
      "functions.tick.source",
    ],
    ["a rule to a queue that is not there", { rules: [{ pattern: { source: ["a"] }, queue: "none" }] }, "target none"],
    [
      "a topic into a FIFO queue",
      { queues: { "looks.fifo": looks }, subscriptions: [{ topic: "alerts", filter: {}, queue: "looks.fifo" }] },
      "target looks.fifo",
    ],
  ])("refuses %s", (_, part, field) => {
    expect(() => checkWiring({ ...NOTHING_WIRED, ...part })).toThrow(
      expect.objectContaining({ name: "TerminalError", reason: "bad-wiring", field }),
    );
  });
});
