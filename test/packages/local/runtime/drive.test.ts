import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { systemClock } from "#fleet/clock";
import type { LambdaHandler } from "#local/runtime/lambda";
import type { Delivery } from "#local/runtime/source";
import { localWorld, START } from "#test/packages/local/runtime/world";

const queues = {
  work: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "work-dlq" },
  "looks.fifo": { fifo: true, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "looks-dlq.fifo" },
} as const;

const functions = {
  "do-work": { source: { kind: "queue", queue: "work", batchSize: 1 }, timeoutSeconds: 30 },
  "do-looks": { source: { kind: "queue", queue: "looks.fifo", batchSize: 1 }, timeoutSeconds: 30 },
} as const;

function bodyOf(event: unknown): string {
  return (event as { Records: readonly { body: string }[] }).Records[0]?.body ?? "";
}

/** Functions that note what they do, each taking a turn of the event loop, and how many were at it at once. */
function busyWorld(options: Parameters<typeof localWorld>[2] = {}) {
  const done: string[] = [];
  const peak = { now: 0, most: 0 };
  const handler: LambdaHandler = async (event) => {
    peak.now += 1;
    peak.most = Math.max(peak.most, peak.now);
    await sleep(1);
    done.push(bodyOf(event));
    peak.now -= 1;
  };
  const handlers = { "do-work": handler, "do-looks": handler };
  const { runtime, clock } = localWorld({ queues, functions }, handlers, options as object);
  const look = (group: string, body: string) =>
    runtime.queues.send("looks.fifo", { body, groupId: group, dedupId: body });
  return { runtime, clock, done, peak, look };
}

describe("step", () => {
  it("delivers what has waited longest, and nothing when nothing is pending", async () => {
    const { runtime, clock, done, look } = busyWorld();
    expect(await runtime.step()).toBeUndefined();
    await look("a", "first");
    clock.advance(1);
    await runtime.queues.send("work", { body: "second" });
    expect(await runtime.step()).toBe("done");
    expect(await runtime.step()).toBe("done");
    expect(done).toEqual(["first", "second"]);
  });

  it("delivers what the chooser picks, of every free group", async () => {
    const { runtime, done, look } = busyWorld();
    for (const group of ["a", "b", "c"]) await look(group, `${group}1`);
    await look("a", "a2");
    const offered: (string | null)[][] = [];
    const last = <D extends Delivery>(pending: readonly D[]): D | undefined => {
      offered.push(pending.map((one) => (one.kind === "queue" ? one.group : null)));
      return pending.at(-1);
    };
    while ((await runtime.step({ choose: last })) !== undefined);
    expect(offered[0]).toEqual(["a", "b", "c"]);
    expect(done).toEqual(["c1", "b1", "a1", "a2"]);
  });

  it("tells what became of the batch", async () => {
    const { runtime } = localWorld(
      {
        queues,
        functions: { "do-work": { source: { kind: "queue", queue: "work", batchSize: 2 }, timeoutSeconds: 30 } },
      },
      {
        "do-work": async (event) => {
          const [first] = (event as { Records: readonly { messageId: string }[] }).Records;
          return { batchItemFailures: [{ itemIdentifier: first?.messageId }] };
        },
      },
    );
    for (const body of ["a", "b", "c"]) await runtime.queues.send("work", { body });
    const [delivery] = runtime.pending();
    expect([await runtime.step(), await runtime.step()]).toEqual(["partly", "failed"]);
    expect(delivery && (await runtime.deliver(delivery))).toBe("nothing");
  });
});

describe("runUntilIdle", () => {
  it("counts its steps and stops at the most", async () => {
    const { runtime, look } = busyWorld();
    for (const body of ["1", "2", "3"]) await look("a", body);
    expect(await runtime.runUntilIdle({ maxSteps: 2 })).toEqual({ steps: 2, idle: false });
    expect(await runtime.runUntilIdle()).toEqual({ steps: 1, idle: true });
  });

  it("works on several groups at a time, never twice on one", async () => {
    const { runtime, done, peak, look } = busyWorld();
    for (const body of ["1", "2", "3"]) for (const group of ["a", "b"]) await look(group, `${group}${body}`);
    await runtime.runUntilIdle({ concurrency: 3 });
    expect(peak.most).toBe(2);
    expect(done.filter((body) => body.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(done.filter((body) => body.startsWith("b"))).toEqual(["b1", "b2", "b3"]);
  });

  it("does one thing at a time unless told", async () => {
    const { runtime, peak, look } = busyWorld();
    for (const group of ["a", "b", "c"]) await look(group, group);
    await runtime.runUntilIdle();
    expect(peak.most).toBe(1);
  });
});

describe("nextAt", () => {
  it("is when what failed becomes visible again", async () => {
    const { runtime } = localWorld({ queues, functions }, { "do-work": () => Promise.reject(new Error("no")) });
    expect(runtime.nextAt()).toBeUndefined();
    await runtime.queues.send("work", { body: "a" });
    await runtime.runUntilIdle();
    expect(runtime.nextAt()).toEqual(new Date(Date.parse(START) + 30_000));
  });
});

describe("run", () => {
  it("delivers what comes, several at a time, until it is told to stop", async () => {
    const { runtime, done, look, peak } = busyWorld({ clock: systemClock });
    const stop = new AbortController();
    const running = runtime.run({ signal: stop.signal, concurrency: 2 });
    for (const group of ["a", "b", "c"]) await look(group, group);
    await runtime.queues.send("work", { body: "w" });
    while (done.length < 4) await sleep(1);
    stop.abort();
    await running;
    expect(done.toSorted()).toEqual(["a", "b", "c", "w"]);
    expect(peak.most).toBe(2);
  });

  it("brings what is in flight to its end", async () => {
    const stop = new AbortController();
    const { runtime } = localWorld(
      { queues, functions },
      {
        "do-work": async () => {
          stop.abort();
          await sleep(5);
        },
      },
    );
    for (const body of ["a", "b"]) await runtime.queues.send("work", { body });
    await runtime.run({ signal: stop.signal, concurrency: 1 });
    expect(runtime.messages("work").map(({ body, inFlight }) => [body, inFlight])).toEqual([["b", false]]);
  });

  it("ends at once when it was told to stop before", async () => {
    const { runtime, look, done } = busyWorld();
    await look("a", "a");
    await runtime.run({ signal: AbortSignal.abort() });
    expect(done).toEqual([]);
  });
});

describe("a time-out", () => {
  const slow = { "do-work": { ...functions["do-work"], timeoutSeconds: 0.01 } };

  it("fails the invocation, by the system's clock", async () => {
    const { runtime, log } = localWorld(
      { queues, functions: slow },
      { "do-work": () => sleep(1000, undefined, { ref: false }) },
      { clock: systemClock },
    );
    await runtime.queues.send("work", { body: "a" });
    expect(await runtime.step()).toBe("failed");
    expect(log.lines[0]).toMatchObject({
      message: "invocation failed",
      fields: { error: expect.stringMatching(/timed out/) as unknown },
    });
  });

  it("is not held against a clock that stands still", async () => {
    const { runtime } = localWorld({ queues, functions: slow }, { "do-work": () => sleep(30) });
    await runtime.queues.send("work", { body: "a" });
    expect(await runtime.step()).toBe("done");
  });
});
